/** One block that cannot be shown must not take the page with it. */
import { Component, type ComponentChildren } from "preact";

export class Guard extends Component<{ of: string; children: ComponentChildren }, { broken: boolean }> {
  state = { broken: false };

  static getDerivedStateFromError() {
    return { broken: true };
  }

  componentDidCatch(error: unknown) {
    console.warn(`a ${this.props.of} block could not be shown`, error);
  }

  render() {
    return this.state.broken ? (
      <span class="unknown">(this {this.props.of} block is not of the form this page knows)</span>
    ) : (
      this.props.children
    );
  }
}
