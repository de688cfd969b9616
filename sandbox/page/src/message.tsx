/** One message: who, when in the reader's zone, what, and its thread. */
import { useState } from "preact/hooks";
import { AppAvatar, Avatar } from "./avatar";
import { Blocks } from "./blocks/blocks";
import { PlaceGiven } from "./blocks/place";
import { Mrkdwn } from "./blocks/text";
import { useValues } from "./blocks/values";
import { Bubble, Eye } from "./icons";
import { useHands, useModel } from "./sandbox";
import { clockTime, longTime, tsToMs } from "./time";
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
  const time = <time title={longTime(at, zone)}>{clockTime(at, zone)}</time>;
  return (
    <article
      class={`message ${joined ? "joined" : ""} ${message.is_ephemeral ? "ephemeral" : ""}`}
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
            {time}
          </div>
        )}
        {message.subtype === "tombstone" ? (
          <p class="gone">This message was deleted.</p>
        ) : (
          <PlaceGiven value={place}>
            {message.blocks?.length ? <Blocks blocks={message.blocks} /> : <Mrkdwn text={message.text ?? ""} />}
          </PlaceGiven>
        )}
        {message.edited && <span class="edited">(edited)</span>}
        {message.is_ephemeral && (
          <button type="button" class="link dismiss" onClick={() => hands.dismiss(message.ts)}>
            Dismiss message
          </button>
        )}
        {!inThread && Boolean(message.reply_count) && <Replies message={message} />}
      </div>
      {!inThread && !message.is_ephemeral && (
        <div class="tools">
          <button
            type="button"
            class="btn icon"
            aria-label="Reply in thread"
            title="Reply in thread"
            onClick={() => hands.openThread(message.thread_ts ?? message.ts)}
          >
            <Bubble size={17} />
          </button>
        </div>
      )}
    </article>
  );
}

function Replies({ message }: { message: Message }) {
  const { state } = useModel();
  const hands = useHands();
  const count = message.reply_count ?? 0;
  return (
    <button type="button" class="replies" onClick={() => hands.openThread(message.ts)}>
      <AppAvatar size={22} />
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
