/** The box to write in. Text that begins with `/` is a slash command. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useHands, useModel } from "./sandbox";

export function Composer({ to, thread, onSent }: { to: string; thread?: string; onSent(): void }) {
  const { state } = useModel();
  const hands = useHands();
  const [text, setText] = useState("");
  const [sending, setSending] = useState(false);
  const box = useRef<HTMLTextAreaElement>(null);
  useEffect(() => {
    if (thread) box.current?.focus();
  }, [thread]);
  useLayoutEffect(() => {
    if (!box.current) return;
    box.current.style.height = "auto";
    box.current.style.height = `${Math.min(box.current.scrollHeight, 180)}px`;
  }, [text]);
  const send = async () => {
    const said = text.trim();
    if (!said || sending) return;
    setSending(true);
    setText("");
    onSent();
    // What could not be delivered is put back, unless something new is already being written.
    await hands.say(said, thread).catch(() => setText((now) => now || said));
    setSending(false);
    box.current?.focus();
  };
  const slash = /^\/\S*$/.test(text) && !thread;
  const fitting = slash ? (state?.commands ?? []).filter((name) => name.startsWith(text)) : [];
  const label = thread ? "Reply…" : `Message ${to}`;
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {slash && (
        <div class="slash">
          {fitting.map((name) => (
            <button
              type="button"
              key={name}
              onClick={() => {
                setText(`${name} `);
                box.current?.focus();
              }}
            >
              {name}
            </button>
          ))}
          {fitting.length === 0 && <span>Slash command: it goes to the app, nobody else sees it</span>}
        </div>
      )}
      <textarea
        ref={box}
        rows={1}
        value={text}
        placeholder={label}
        aria-label={label}
        onInput={(event) => setText(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Tab" && fitting[0] && text !== fitting[0]) {
            event.preventDefault();
            setText(`${fitting[0]} `);
          }
          if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
            event.preventDefault();
            void send();
          }
        }}
      />
      <button type="submit" class="send" aria-label="Send" disabled={!text.trim() || sending}>
        <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
          <path d="M2.5 3.2 17.5 10l-15 6.8 1.7-5.600L12 10 4.2 8.800z" fill="currentColor" />
        </svg>
      </button>
    </form>
  );
}
