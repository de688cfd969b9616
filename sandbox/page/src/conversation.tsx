/** The messages of one conversation in order, with day dividers, what the app is doing, and the box to write in. */
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Composer } from "./composer";
import { MessageRow, useTail } from "./message";
import { isRoot, whereOf, type Model } from "./model";
import { nowOf, useHands, useModel } from "./sandbox";
import { StatusLine } from "./status_line";
import { dayName, dayOf, tsToMs } from "./time";
import type { Message } from "./wire";

const JOINED_MS = 5 * 60_000;

const follows = (message: Message, before: Message | undefined, zone: string): boolean =>
  before !== undefined &&
  before.user === message.user &&
  !before.is_ephemeral &&
  !message.is_ephemeral &&
  before.subtype !== "tombstone" &&
  !message.blocks?.some((b) => b.type === "header") &&
  !before.reply_count &&
  tsToMs(message.ts) - tsToMs(before.ts) < JOINED_MS &&
  dayOf(tsToMs(message.ts), zone) === dayOf(tsToMs(before.ts), zone);

export function Conversation() {
  const model = useModel();
  const hands = useHands();
  const { state, channel, dismissed } = model;
  const all = channel ? model.messages[channel] : undefined;
  const roots = (all ?? []).filter((m) => isRoot(m) && !dismissed.includes(m.ts));
  const [shown, more] = useTail(roots);
  const newest = shown.at(-1);
  const { scroller, behind, toEnd } = useStick(
    channel,
    roots.length,
    JSON.stringify(newest ?? null).length,
    newest?.user === state?.me.id,
  );
  if (!state || !channel) return null;
  const now = nowOf(model);
  const zone = state.me.tz;
  const busy = busyThread(model, channel);
  const about = state.channels.find((c) => c.id === channel);
  return (
    <section class="conversation" aria-label="Messages">
      <div class="scroller" ref={scroller} tabIndex={0} role="log" aria-live="polite">
        {all && roots.length === 0 && <Empty app={about?.is_im ? state.app.name : null} name={about?.name ?? ""} />}
        {more && (
          <button type="button" class="btn more" onClick={more}>
            Show earlier messages
          </button>
        )}
        {shown.map((message, at) => {
          const before = shown[at - 1];
          const day = dayOf(tsToMs(message.ts), zone);
          const newDay = !before || dayOf(tsToMs(before.ts), zone) !== day;
          return (
            <div key={message.ts}>
              {newDay && (
                <h3 class="day">
                  <span>{dayName(tsToMs(message.ts), now, zone)}</span>
                </h3>
              )}
              <MessageRow message={message} joined={!newDay && follows(message, before, zone)} />
            </div>
          );
        })}
      </div>
      {behind && (
        <button type="button" class="behind" onClick={toEnd}>
          New message below ↓
        </button>
      )}
      {model.answered && (
        <button type="button" class="behind answered" onClick={() => hands.openThread(model.answered)}>
          {state.app.name} answered in a thread: open it
        </button>
      )}
      {/* What happens in the open thread is said there. */}
      <StatusLine thread={busy !== null && busy === model.thread ? null : busy} />
      {about?.is_im && !all?.some((m) => m.user === state.me.id && m.ts > state.prompts.ts) && <Prompts />}
      <Composer key={channel} to={about?.is_im ? state.app.name : `#${about?.name ?? ""}`} onSent={toEnd} />
    </section>
  );
}

/** The thread (null: the conversation itself) in which the app says it is at work. */
function busyThread(model: Model, channel: string): string | null {
  const busy = [
    ...Object.entries(model.status).filter(([, words]) => words),
    ...Object.entries(model.sessions).filter(([, session]) => session.status === "processing"),
  ].map(([where]) => where);
  const newest = busy
    .filter((where) => where.startsWith(`${channel} `))
    .sort()
    .at(-1);
  return newest?.slice(channel.length + 1) || null;
}

/** What the app suggests to ask, until the person has asked something. */
function Prompts() {
  const { state } = useModel();
  const hands = useHands();
  if (!state?.prompts.prompts.length) return null;
  return (
    <div class="prompts" role="group" aria-label={state.prompts.title ?? "Suggested prompts"}>
      {state.prompts.title && <span>{state.prompts.title}</span>}
      {state.prompts.prompts.map((prompt) => (
        <button
          type="button"
          class="btn"
          key={prompt.title}
          onClick={() => void hands.say(prompt.message).catch(() => undefined)}
        >
          {prompt.title}
        </button>
      ))}
    </div>
  );
}

function Empty({ app, name }: { app: string | null; name: string }) {
  return (
    <div class="empty">
      <strong>
        {app ? `This is the very beginning of your conversation with ${app}` : `This is the beginning of #${name}`}
      </strong>
      <p>
        {app ? "Write something, or wait: the morning list arrives at 9:00 your time." : "Nobody has written here yet."}
      </p>
    </div>
  );
}

/** Keeps the newest message in sight: its end, or its beginning when it is taller than the screen. A reader who has
 * scrolled away is left where they are and told that there is more, unless the newest message is their own.
 */
function useStick(place: string | null, count: number, size: number, own: boolean) {
  const scroller = useRef<HTMLDivElement>(null);
  const following = useRef(true);
  const seen = useRef<{ place: string | null; count: number }>({ place: null, count: 0 });
  const [behind, setBehind] = useState(false);
  const toEnd = () => {
    following.current = true;
    setBehind(false);
    if (scroller.current) scroller.current.scrollTop = scroller.current.scrollHeight;
  };
  useEffect(() => {
    const box = scroller.current;
    if (!box) return undefined;
    const look = () => {
      following.current = box.scrollHeight - box.scrollTop - box.clientHeight < 80;
      if (following.current) setBehind(false);
    };
    const resized = new ResizeObserver(() => following.current && toEnd());
    box.addEventListener("scroll", look, { passive: true });
    resized.observe(box);
    return () => {
      box.removeEventListener("scroll", look);
      resized.disconnect();
    };
  }, [place]);
  useLayoutEffect(() => {
    const box = scroller.current;
    if (!box) return;
    const moved = seen.current.place !== place;
    const arrived = moved || count > seen.current.count;
    seen.current = { place: count ? place : null, count };
    const newest = box.lastElementChild as HTMLElement | null;
    if (!moved && !following.current && !(arrived && own)) {
      if (arrived) setBehind(true);
    } else if (arrived && newest && newest.offsetHeight > box.clientHeight) {
      following.current = false;
      setBehind(false);
      box.scrollTop = newest.offsetTop - box.offsetTop - 4;
    } else {
      toEnd();
    }
  }, [place, count, size]);
  return { scroller, behind, toEnd };
}

export function Thread() {
  const model = useModel();
  const hands = useHands();
  const { state, channel, thread } = model;
  const all = (channel && model.messages[channel]) || [];
  const root = all.find((m) => m.ts === thread);
  const replies = all.filter((m) => m.thread_ts === thread && m.ts !== thread && !model.dismissed.includes(m.ts));
  const { scroller, toEnd } = useStick(thread, replies.length, JSON.stringify(replies.at(-1) ?? null).length, true);
  if (!state || !channel || !thread) return null;
  const place = state.channels.find((c) => c.id === channel);
  const answers = replies.filter((m) => !m.is_ephemeral).length;
  return (
    <aside class="thread" aria-label="Thread" onKeyDown={(event) => event.key === "Escape" && hands.openThread(null)}>
      <header>
        <h2>
          {model.sessions[whereOf(channel, thread)]?.title || "Thread"}{" "}
          <small>{place?.is_im ? state.app.name : `#${place?.name}`}</small>
        </h2>
        <button type="button" class="close" aria-label="Close thread" onClick={() => hands.openThread(null)}>
          ×
        </button>
      </header>
      <div class="scroller" ref={scroller} tabIndex={0} role="log" aria-live="polite">
        {root && <MessageRow message={root} inThread />}
        {answers > 0 && (
          <div class="reply-rule">
            <span>
              {answers} {answers === 1 ? "reply" : "replies"}
            </span>
          </div>
        )}
        {replies.map((message, at) => (
          <MessageRow
            key={message.ts}
            message={message}
            inThread
            joined={follows(message, replies[at - 1], state.me.tz)}
          />
        ))}
      </div>
      <StatusLine thread={thread} />
      <Composer key={thread} to="" thread={thread} onSent={toEnd} />
    </aside>
  );
}
