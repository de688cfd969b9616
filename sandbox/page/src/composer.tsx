/** The box to write in. Text that begins with `/` is a slash command; `@` names somebody. */
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { useHands, useModel } from "./sandbox";
import { suggested, type Offer } from "./suggest";

export function Composer({ to, thread, onSent }: { to: string; thread?: string; onSent(): void }) {
  const { state, channel } = useModel();
  const hands = useHands();
  const [text, setText] = useState("");
  const [caret, setCaret] = useState(0);
  const [sending, setSending] = useState(false);
  const [chosen, setChosen] = useState(0);
  const [closed, setClosed] = useState("");
  const box = useRef<HTMLTextAreaElement>(null);
  const list = useId();
  useEffect(() => {
    if (thread) box.current?.focus();
  }, [thread]);
  useLayoutEffect(() => {
    if (!box.current) return;
    box.current.style.height = "auto";
    box.current.style.height = `${Math.min(box.current.scrollHeight, 180)}px`;
  }, [text]);
  const write = (words: string, at = words.length) => {
    setText(words);
    setCaret(at);
    setChosen(0);
  };
  const send = async () => {
    const said = text.trim();
    if (!said || sending) return;
    setSending(true);
    write("");
    onSent();
    // What could not be delivered is put back, unless something new is already being written.
    await hands.say(said, thread).catch(() => setText((now) => now || said));
    setSending(false);
    box.current?.focus();
  };
  const place = state?.channels.find((c) => c.id === channel);
  const { offers, line } =
    state && place && closed !== text
      ? suggested(text, caret, Boolean(thread), state, place)
      : { offers: [], line: undefined };
  const take = (offer: Offer) => {
    const rest = text.length - caret;
    write(offer.text, offer.text.length - (offer.text.startsWith("/") ? 0 : rest));
    box.current?.focus();
  };
  const onKey = (event: KeyboardEvent) => {
    const offer = offers[Math.min(chosen, offers.length - 1)];
    // A command that stands there whole is sent by Enter; a name still being typed is taken by it.
    const takes = event.key === "Tab" || (event.key === "Enter" && offer?.label.startsWith("@"));
    if (event.key === "Escape" && (offers.length || line)) {
      event.stopPropagation();
      setClosed(text);
    } else if (offer && takes && text !== offer.label && !event.isComposing) {
      event.preventDefault();
      take(offer);
    } else if (offer && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      event.preventDefault();
      setChosen((chosen + (event.key === "ArrowDown" ? 1 : offers.length - 1)) % offers.length);
    } else if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
      event.preventDefault();
      void send();
    }
  };
  const label = thread ? "Reply…" : `Message ${to}`;
  const follow = () => setCaret(box.current?.selectionStart ?? text.length);
  return (
    <form
      class="composer"
      onSubmit={(event) => {
        event.preventDefault();
        void send();
      }}
    >
      {(offers.length > 0 || line) && (
        <div class="slash" id={list} role={offers.length ? "listbox" : undefined} aria-label="Suggestions">
          {offers.map((offer, at) => (
            <button
              type="button"
              key={offer.label}
              role="option"
              id={`${list}-${at}`}
              tabIndex={-1}
              aria-selected={at === chosen}
              onPointerDown={(event) => event.preventDefault()}
              onClick={() => take(offer)}
            >
              <b>{offer.label}</b> {offer.hint && <code>{offer.hint}</code>}
              {offer.note && <small>{offer.note}</small>}
            </button>
          ))}
          {line && <span role="note">{line}</span>}
        </div>
      )}
      <textarea
        ref={box}
        rows={1}
        value={text}
        placeholder={label}
        aria-label={label}
        aria-controls={offers.length ? list : undefined}
        aria-activedescendant={offers.length ? `${list}-${chosen}` : undefined}
        onInput={(event) => write(event.currentTarget.value, event.currentTarget.selectionStart)}
        onKeyUp={follow}
        onClick={follow}
        onKeyDown={onKey}
      />
      <button type="submit" class="send" aria-label="Send" disabled={!text.trim() || sending}>
        <svg viewBox="0 0 20 20" width="18" height="18" aria-hidden="true">
          <path d="M2.5 3.2 17.5 10l-15 6.8 1.7-5.600L12 10 4.2 8.800z" fill="currentColor" />
        </svg>
      </button>
    </form>
  );
}
