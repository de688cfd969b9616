/** One message: who, when in the reader's zone, what, and its thread. */
import { useEffect, useRef, useState } from "preact/hooks";
import { AppAvatar, Avatar } from "./avatar";
import { Blocks } from "./blocks/blocks";
import { withEmoji } from "./blocks/emoji";
import { PlaceGiven } from "./blocks/place";
import { Mrkdwn } from "./blocks/text";
import { useValues } from "./blocks/values";
import { Eye } from "./icons";
import { Editing, MessageTools } from "./message_menu";
import { whereOf } from "./model";
import { soughtMessage, useHands, useModel } from "./sandbox";
import { briefTime, clockTime, longTime, tsToMs } from "./time";
import type { Message } from "./wire";

const NO_BLOCKS: never[] = [];

interface Given {
  message: Message;
  joined?: boolean;
  inThread?: boolean;
}

export function MessageRow({ message, joined, inThread }: Given) {
  const { state } = useModel();
  const hands = useHands();
  const [values, setValue] = useValues(message.blocks ?? NO_BLOCKS);
  const [editing, setEditing] = useState(false);
  const row = useRef<HTMLElement>(null);
  const sought = message.ts === soughtMessage;
  useEffect(() => {
    if (sought) row.current?.scrollIntoView({ block: "center" });
  }, [sought]);
  if (!state) return null;
  const zone = state.me.tz;
  const fromApp = message.user === state.app.user || Boolean(message.bot_id);
  const person = state.people.find((p) => p.id === message.user);
  const name = fromApp
    ? state.app.name
    : message.user === "USLACKBOT"
      ? "Slackbot"
      : (person?.real_name ?? message.username ?? "Somebody");
  const at = tsToMs(message.ts);
  const place = {
    id: `m${message.ts}${inThread ? "t" : ""}`,
    values,
    setValue,
    errors: {},
    press: (action: any) => hands.press({ message_ts: message.ts }, action, values),
  };
  const time = <time title={longTime(at, zone)}>{joined ? briefTime(at, zone) : clockTime(at, zone)}</time>;
  return (
    <article
      ref={row}
      class={`message ${joined ? "joined" : ""} ${message.is_ephemeral ? "ephemeral" : ""} ${sought ? "sought" : ""}`}
      data-ts={message.ts}
      aria-label={`${name}, ${clockTime(at, zone)}`}
    >
      {message.is_ephemeral && (
        <div class="only-you">
          <Eye size={15} /> Only visible to you
        </div>
      )}
      <div class="gutter">
        {joined ? (
          <span class="gutter-time">{time}</span>
        ) : fromApp ? (
          <AppAvatar />
        ) : (
          <Avatar id={message.user ?? "?"} name={name} />
        )}
      </div>
      <div class="body">
        {!joined && (
          <div class="by">
            <strong>{name}</strong>
            {fromApp && <span class="badge">App</span>}
            {OUTSIDE[person?.role ?? ""] && <span class="badge">{OUTSIDE[person!.role]}</span>}
            {time}
          </div>
        )}
        {message.subtype === "tombstone" ? (
          <p class="gone">This message was deleted.</p>
        ) : editing ? (
          <Editing message={message} onDone={() => setEditing(false)} />
        ) : (
          <PlaceGiven value={place}>
            {message.blocks?.length ? <Blocks blocks={message.blocks} /> : <Mrkdwn text={message.text ?? ""} />}
          </PlaceGiven>
        )}
        {message.streaming_state === "in_progress" && <span class="writing" role="img" aria-label="still writing" />}
        {message.streaming_state === "stopped_by_user" && <span class="edited">(stopped)</span>}
        {message.edited && !editing && <span class="edited">(edited)</span>}
        <Reactions message={message} />
        {message.is_ephemeral && (
          <button type="button" class="link dismiss" onClick={() => hands.dismiss(message.ts)}>
            Dismiss message
          </button>
        )}
        {!inThread && Boolean(message.reply_count) && <Replies message={message} />}
      </div>
      {!message.is_ephemeral && !editing && message.subtype !== "tombstone" && (
        <MessageTools message={message} inThread={inThread} onEdit={() => setEditing(true)} />
      )}
    </article>
  );
}

const OUTSIDE: Record<string, string> = { guest: "Guest", stranger: "External" };

/** Emoji somebody put on a message; who did is said when pointed at. */
function Reactions({ message }: { message: Message }) {
  const { state } = useModel();
  if (!message.reactions?.length || !state) return null;
  const nameOf = (id: string) =>
    id === state.app.user ? state.app.name : (state.people.find((p) => p.id === id)?.real_name ?? id);
  return (
    <div class="reactions">
      {message.reactions.map((one) => (
        <span key={one.name} class="reaction" title={`${one.users.map(nameOf).join(", ")}: :${one.name}:`}>
          {withEmoji(`:${one.name}:`)} {one.count}
        </span>
      ))}
    </div>
  );
}

function Replies({ message }: { message: Message }) {
  const { state, channel, sessions } = useModel();
  const title = sessions[whereOf(channel ?? "", message.ts)]?.title;
  // A session is called by its first words until somebody names it: they stand right above.
  const says = title && !(message.text ?? "").includes(title.replace(/…$/, ""));
  const hands = useHands();
  const count = message.reply_count ?? 0;
  return (
    <button type="button" class="replies" onClick={() => hands.openThread(message.ts)}>
      <AppAvatar size={22} />
      {says && <span class="session-title">{title}</span>}
      <b>
        {count} {count === 1 ? "reply" : "replies"}
      </b>
      {message.latest_reply && state && (
        <span>Last reply at {clockTime(tsToMs(message.latest_reply), state.me.tz)}</span>
      )}
    </button>
  );
}

/** Long lists are cut to the latest messages until asked for more. */
export function useTail<T>(all: T[], step = 60): [T[], (() => void) | null] {
  const [count, setCount] = useState(step);
  return [all.slice(-count), all.length > count ? () => setCount(count + step) : null];
}
