/** What one can do with a message: answer in its thread, copy its link, the app's shortcuts, change or delete one's own. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Dialog } from "./dialog";
import { Bubble, Dots } from "./icons";
import { useHands, useModel } from "./sandbox";
import type { Message } from "./wire";

interface Given {
  message: Message;
  inThread?: boolean;
  onEdit(): void;
}

export function MessageTools({ message, inThread, onEdit }: Given) {
  const hands = useHands();
  const [open, setOpen] = useState(false);
  const [deleting, setDeleting] = useState(false);
  const around = useRef<HTMLDivElement>(null);
  const opener = useRef<HTMLButtonElement>(null);
  const close = (focus = true) => {
    setOpen(false);
    if (focus) opener.current?.focus();
  };
  const answer = () => hands.openThread(message.thread_ts ?? message.ts);
  return (
    <div class={`tools ${open ? "open" : ""}`} ref={around}>
      {!inThread && (
        <button type="button" class="btn icon" aria-label="Reply in thread" title="Reply in thread" onClick={answer}>
          <Bubble size={17} />
        </button>
      )}
      <button
        type="button"
        class="btn icon"
        ref={opener}
        aria-label="Message actions"
        title="Message actions"
        aria-haspopup="menu"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <Dots size={17} />
      </button>
      {open && (
        <Menu
          around={around}
          message={message}
          inThread={inThread}
          onClose={close}
          onAnswer={answer}
          onEdit={onEdit}
          onDelete={() => setDeleting(true)}
        />
      )}
      {deleting && (
        <Dialog
          title="Delete message"
          small
          onClose={() => setDeleting(false)}
          foot={
            <>
              <button type="button" class="btn" onClick={() => setDeleting(false)}>
                Cancel
              </button>
              <button
                type="button"
                class="btn danger"
                onClick={() => {
                  setDeleting(false);
                  void hands.remove(message.ts);
                }}
              >
                Delete
              </button>
            </>
          }
        >
          <p>This message goes away for everybody. It cannot be brought back.</p>
        </Dialog>
      )}
    </div>
  );
}

interface MenuGiven {
  around: { current: HTMLElement | null };
  message: Message;
  inThread?: boolean;
  onClose(focus?: boolean): void;
  onAnswer(): void;
  onEdit(): void;
  onDelete(): void;
}

function Menu({ around, message, inThread, onClose, onAnswer, onEdit, onDelete }: MenuGiven) {
  const { state, channel } = useModel();
  const hands = useHands();
  const box = useRef<HTMLDivElement>(null);
  const [up, setUp] = useState(false);
  useLayoutEffect(() => {
    const away = (event: Event) => !around.current?.contains(event.target as Node) && onClose(false);
    document.addEventListener("pointerdown", away);
    // Near the bottom of the window it opens upwards.
    const top = around.current?.getBoundingClientRect().bottom ?? 0;
    setUp(top + (box.current?.offsetHeight ?? 0) > window.innerHeight - 80);
    items(box.current)[0]?.focus();
    return () => document.removeEventListener("pointerdown", away);
  }, []);
  const onKey = (event: KeyboardEvent) => {
    const all = items(box.current);
    const at = all.indexOf(document.activeElement as HTMLElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1 + all.length, Home: 0, End: all.length - 1 }[event.key];
    if (event.key === "Escape" || event.key === "Tab") {
      event.stopPropagation();
      if (event.key === "Escape") event.preventDefault();
      onClose();
    } else if (to !== undefined) {
      event.preventDefault();
      all[to % all.length]?.focus();
    }
  };
  const does =
    (what: () => void, focus = true) =>
    () => {
      onClose(focus);
      what();
    };
  const mine = message.user === state?.me.id;
  return (
    <div class={`message-menu ${up ? "up" : ""}`} role="menu" aria-label="Message actions" ref={box} onKeyDown={onKey}>
      {!inThread && <Item onClick={does(onAnswer, false)}>Reply in thread</Item>}
      <Item onClick={does(() => void copyLink(channel ?? "", message).catch(() => hands.notice(COPY_FAILED)))}>
        Copy link
      </Item>
      {mine && <Item onClick={does(onEdit, false)}>Edit message</Item>}
      {Boolean(state?.shortcuts.length) && <hr />}
      {state?.shortcuts.map((one) => (
        <Item key={one.callback_id} onClick={does(() => void hands.shortcut(message.ts, one.callback_id))}>
          {one.name} <small>{state.app.name}</small>
        </Item>
      ))}
      {mine && (
        <>
          <hr />
          <Item danger onClick={does(onDelete)}>
            Delete message…
          </Item>
        </>
      )}
    </div>
  );
}

const COPY_FAILED = "This browser does not let the page copy.";

const Item = ({ onClick, danger, children }: { onClick(): void; danger?: boolean; children: any }) => (
  <button type="button" role="menuitem" class={danger ? "danger" : ""} onClick={onClick}>
    {children}
  </button>
);

const items = (box: HTMLElement | null) => [...(box?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];

/** The same address that chat.getPermalink answers; the sandbox's page opens it. */
const copyLink = async (channel: string, message: Message) => {
  const reply = message.thread_ts && message.thread_ts !== message.ts;
  const within = reply ? `?thread_ts=${message.thread_ts}&cid=${channel}` : "";
  await navigator.clipboard.writeText(
    `${location.origin}/archives/${channel}/p${message.ts.replace(".", "")}${within}`,
  );
};

/** A person's own message while they change it. */
export function Editing({ message, onDone }: { message: Message; onDone(): void }) {
  const hands = useHands();
  const { state } = useModel();
  const box = useRef<HTMLTextAreaElement>(null);
  const [text, setText] = useState(() => typedOf(message, (id) => nameOf(id, state)));
  useEffect(() => {
    box.current?.focus();
    box.current?.setSelectionRange(text.length, text.length);
  }, []);
  const save = async () => {
    if (text.trim() && (await hands.edit(message.ts, text.trim()))) onDone();
  };
  return (
    <form
      class="editing"
      onSubmit={(event) => {
        event.preventDefault();
        void save();
      }}
    >
      <textarea
        ref={box}
        rows={Math.min(8, text.split("\n").length + 1)}
        class="field text"
        aria-label="Edit message"
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") {
            event.stopPropagation();
            onDone();
          }
          if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
            event.preventDefault();
            void save();
          }
        }}
      />
      <div class="actions">
        <button type="button" class="btn" onClick={onDone}>
          Cancel
        </button>
        <button type="submit" class="btn primary" disabled={!text.trim()}>
          Save
        </button>
      </div>
    </form>
  );
}

const nameOf = (id: string, state: ReturnType<typeof useModel>["state"]): string =>
  id === state?.app.user ? state.app.name : (state?.people.find((p) => p.id === id)?.real_name ?? id);

/** What was typed for this text: names for mentions, plain letters for what is escaped. */
const typedOf = (message: Message, named: (id: string) => string): string =>
  (message.text ?? "")
    .replaceAll(/<@([A-Z0-9]+)(?:\|[^>]*)?>/g, (_, id: string) => `@${named(id)}`)
    .replaceAll(/<#[A-Z0-9]+\|([^>]*)>/g, "#$1")
    .replaceAll(/<([^<>|]+)(?:\|[^>]*)?>/g, "$1")
    .replaceAll("&lt;", "<")
    .replaceAll("&gt;", ">")
    .replaceAll("&amp;", "&");
