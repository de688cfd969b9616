/** A window over the page: holds the focus, closes with Escape, gives the focus back. */
import { createPortal } from "preact/compat";
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";

interface Given {
  title: string;
  onClose(): void;
  children: ComponentChildren;
  foot?: ComponentChildren;
  small?: boolean;
  onSubmit?(): void;
}

const FOCUSABLE = "button:not([disabled]), a[href], input:not([disabled]), select, textarea, [tabindex='0']";

export function Dialog({ title, onClose, children, foot, small, onSubmit }: Given) {
  const box = useRef<HTMLFormElement>(null);
  const id = useId();
  useEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const first =
      box.current?.querySelector<HTMLElement>(".dialog-body input, .dialog-body select, .dialog-body textarea") ??
      box.current;
    first?.focus();
    return () => before?.focus?.();
  }, []);
  // The app may take away the very field that held the focus; the window must not lose the keyboard then.
  useEffect(() => {
    if (document.activeElement === document.body) box.current?.focus();
  });
  // The focus may still be outside, on the button whose press opened this: Escape closes the topmost window all the same.
  useEffect(() => {
    const outside = (event: KeyboardEvent) => {
      const top = [...document.querySelectorAll(".dialog")].at(-1);
      const here = event.target instanceof Node && box.current?.contains(event.target);
      if (event.key === "Escape" && top === box.current && !here) onClose();
    };
    document.addEventListener("keydown", outside);
    return () => document.removeEventListener("keydown", outside);
  });
  const onKey = (event: KeyboardEvent) => {
    event.stopPropagation();
    if (event.key === "Escape") return onClose();
    if (event.key !== "Tab") return undefined;
    const all = [...(box.current?.querySelectorAll<HTMLElement>(FOCUSABLE) ?? [])];
    const edge = event.shiftKey ? all[0] : all.at(-1);
    if (document.activeElement === edge || (document.activeElement === box.current && event.shiftKey)) {
      event.preventDefault();
      (event.shiftKey ? all.at(-1) : all[0])?.focus();
    }
    return undefined;
  };
  return createPortal(
    <div class="veil" onPointerDown={(event) => event.target === event.currentTarget && onClose()}>
      <form
        class={`dialog ${small ? "small" : ""}`}
        role="dialog"
        aria-modal="true"
        aria-labelledby={id}
        tabIndex={-1}
        ref={box}
        noValidate
        onKeyDown={onKey}
        onSubmit={(event) => {
          event.preventDefault();
          onSubmit?.();
        }}
      >
        <header>
          <h2 id={id}>{title}</h2>
          <button type="button" class="close" aria-label="Close" onClick={onClose}>
            ×
          </button>
        </header>
        <div class="dialog-body">{children}</div>
        {foot && <footer>{foot}</footer>}
      </form>
    </div>,
    document.body,
  );
}
