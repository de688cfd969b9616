/** The controls that act at once: buttons, overflow menus, and the confirm dialog before them. */
import { useEffect, useRef, useState } from "preact/hooks";
import type { Element, Option } from "../wire";
import { Dialog } from "../dialog";
import { ThumbDown, ThumbUp } from "../icons";
import { useActing, type Acting, type Control } from "./place";
import { safeUrl } from "./safe";
import { plainOf, Words } from "./text";

/** What a control shows besides itself: the question before it acts, and a mark when the app did not answer. */
export function ActingMarks({ acting }: { acting: Acting }) {
  return (
    <>
      {acting.failed && (
        <span class="failed" role="alert" title="The app did not answer in time">
          No answer. Try again.
        </span>
      )}
      {acting.asking && (
        <Dialog
          title={plainOf(acting.asking.confirm.title)}
          small
          onClose={acting.asking.no}
          foot={
            <>
              <button type="button" class="btn" onClick={acting.asking.no}>
                {plainOf(acting.asking.confirm.deny) || "Cancel"}
              </button>
              <button
                type="button"
                class={`btn ${acting.asking.confirm.style === "danger" ? "danger" : "primary"}`}
                onClick={acting.asking.yes}
              >
                {plainOf(acting.asking.confirm.confirm) || "Yes"}
              </button>
            </>
          }
        >
          <Words text={acting.asking.confirm.text} />
        </Dialog>
      )}
    </>
  );
}

export function Button(control: Control) {
  const { element } = control;
  const acting = useActing(control);
  const style = element.style === "primary" || element.style === "danger" ? element.style : "";
  const value = { text: element.text, ...(element.value === undefined ? {} : { value: element.value }) };
  const address = safeUrl(element.url);
  const label = element.accessibility_label as string | undefined;
  return (
    <span class="control">
      {address ? (
        // As in Slack: the address opens, and the app hears of the press all the same.
        <a
          class={`btn ${style}`}
          href={address}
          target="_blank"
          rel="noopener noreferrer"
          aria-label={label}
          data-action={element.action_id}
          onClick={() => acting.act(value)}
        >
          {plainOf(element.text)}
        </a>
      ) : (
        // Not disabled while under way: a disabled button loses the keyboard's focus to nowhere.
        <button
          type="button"
          class={`btn ${style}`}
          aria-label={label}
          aria-busy={acting.busy}
          data-action={element.action_id}
          onClick={() => acting.busy || acting.act(value)}
        >
          {plainOf(element.text)}
        </button>
      )}
      <ActingMarks acting={acting} />
    </span>
  );
}

export function Overflow(control: Control) {
  const acting = useActing(control);
  const [open, setOpen] = useState(false);
  const around = useRef<HTMLSpanElement>(null);
  const options: Option[] = control.element.options ?? [];
  const choose = (option: Option) => {
    setOpen(false);
    const address = safeUrl(option.url);
    if (address) window.open(address, "_blank", "noopener,noreferrer");
    acting.act({ selected_option: option });
  };
  useEffect(() => {
    if (!open) return undefined;
    const away = (event: Event) => !around.current?.contains(event.target as Node) && setOpen(false);
    document.addEventListener("pointerdown", away);
    around.current?.querySelector<HTMLElement>("[role=menuitem]")?.focus();
    return () => document.removeEventListener("pointerdown", away);
  }, [open]);
  const onKey = (event: KeyboardEvent) => {
    if (!open) return;
    const items = [...(around.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
    const at = items.indexOf(document.activeElement as HTMLElement);
    if (event.key === "Escape") {
      event.stopPropagation();
      setOpen(false);
      around.current?.querySelector<HTMLElement>("button")?.focus();
    } else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      items[(at + (event.key === "ArrowDown" ? 1 : items.length - 1)) % items.length]?.focus();
    }
  };
  return (
    <span class="control overflow" ref={around} onKeyDown={onKey}>
      <button
        type="button"
        class="btn icon"
        aria-haspopup="menu"
        aria-expanded={open}
        aria-busy={acting.busy}
        aria-label="More actions"
        data-action={control.element.action_id}
        onClick={() => setOpen(!open)}
      >
        ⋯
      </button>
      {open && (
        <span class="menu" role="menu">
          {options.map((option) => (
            <button type="button" role="menuitem" key={option.value} onClick={() => choose(option)}>
              {plainOf(option.text)}
              {option.description && <small>{plainOf(option.description)}</small>}
            </button>
          ))}
        </span>
      )}
      <ActingMarks acting={acting} />
    </span>
  );
}

/** Thumbs up and down, as one control with two buttons. */
export function Feedback(control: Control) {
  const acting = useActing(control);
  const choices = [control.element.positive_button, control.element.negative_button].filter(Boolean) as Element[];
  return (
    <span class="control">
      {choices.map((choice, at) => (
        <button
          type="button"
          class="btn icon"
          key={at}
          aria-label={choice.accessibility_label ?? plainOf(choice.text)}
          title={plainOf(choice.text)}
          onClick={() => acting.act({ value: choice.value, text: choice.text })}
        >
          {at === 0 ? <ThumbUp /> : <ThumbDown />}
        </button>
      ))}
      <ActingMarks acting={acting} />
    </span>
  );
}
