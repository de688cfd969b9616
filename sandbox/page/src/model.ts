/** What the page knows, and how each push from the server changes it. Pure: no network, no clock. */
import type { ClockState, Message, PageState, Push, Session, View } from "./wire";

export interface Model {
  state: PageState | null;
  channel: string | null;
  tab: "messages" | "home";
  messages: Record<string, Message[]>;
  thread: string | null;
  /** A thread of the open conversation in which the app has spoken while the thread was closed. */
  answered: string | null;
  /** "channel" or "channel thread_ts" -> what the app says it is doing. */
  status: Record<string, string>;
  /** The same keys -> the agent session there. */
  sessions: Record<string, Session>;
  dismissed: string[];
  live: boolean;
  notice: string | null;
  /** The wall clock when the shared clock was last read, to let it run between readings. */
  readAt: number;
}

export type Change =
  | { type: "state"; state: PageState; channel: string | null; tab: Model["tab"]; at: number }
  | {
      type: "messages";
      channel: string;
      messages: Message[];
      status: Model["status"];
      sessions: Model["sessions"];
      /** Read because the line was down: what was pushed before may be gone by now. */
      whole?: boolean;
    }
  | { type: "show"; channel: string; tab: Model["tab"] }
  | { type: "thread"; ts: string | null }
  | { type: "dismiss"; ts: string }
  | { type: "live"; live: boolean }
  | { type: "notice"; text: string | null }
  | { type: "clock_read"; clock: ClockState; at: number }
  | { type: "push"; push: Push; at: number };

export const nothing: Model = {
  state: null,
  channel: null,
  tab: "messages",
  messages: {},
  thread: null,
  answered: null,
  status: {},
  sessions: {},
  dismissed: [],
  live: false,
  notice: null,
  readAt: 0,
};

export function change(model: Model, by: Change): Model {
  switch (by.type) {
    case "state":
      return {
        ...model,
        state: by.state,
        channel: by.channel,
        tab: by.tab,
        readAt: by.at,
        ...(model.state?.me.id === by.state.me.id
          ? {}
          : { messages: {}, thread: null, answered: null, status: {}, sessions: {}, dismissed: [], notice: null }),
      };
    case "messages":
      return seen({
        ...model,
        messages: { ...model.messages, [by.channel]: [...by.messages, ...since(model, by)] },
        status: { ...model.status, ...by.status },
        sessions: { ...model.sessions, ...by.sessions },
      });
    case "show":
      return seen({
        ...model,
        channel: by.channel,
        tab: by.tab,
        answered: by.channel === model.channel ? model.answered : null,
        thread: by.channel === model.channel ? model.thread : null,
      });
    case "thread":
      return { ...model, thread: by.ts, answered: by.ts === model.answered ? null : model.answered };
    case "dismiss":
      return { ...model, dismissed: [...model.dismissed, by.ts] };
    case "live":
      return { ...model, live: by.live };
    case "notice":
      return { ...model, notice: by.text };
    case "clock_read":
      return model.state ? { ...model, state: { ...model.state, clock: by.clock }, readAt: by.at } : model;
    case "push":
      return model.state ? pushed(model, model.state, by.push, by.at) : model;
  }
}

/** What was pushed while these messages were on their way, and is newer than all of them. */
const since = (model: Model, by: Extract<Change, { type: "messages" }>): Message[] =>
  by.whole
    ? []
    : (model.messages[by.channel] ?? []).filter((m) => by.messages.every((read) => Number(read.ts) < Number(m.ts)));

/** What is on screen is no longer unread. */
const seen = (model: Model): Model =>
  model.state && model.tab === "messages"
    ? {
        ...model,
        state: {
          ...model.state,
          channels: model.state.channels.map((c) => (c.id === model.channel ? { ...c, unread: false } : c)),
        },
      }
    : model;

function pushed(model: Model, state: PageState, push: Push, at: number): Model {
  switch (push.type) {
    case "message":
    case "message_changed":
    case "ephemeral":
      return withMessage(model, state, push.channel, push.message, push.type);
    case "message_deleted":
    case "ephemeral_deleted":
      return edit(model, push.channel, (list) => list.filter((m) => m.ts !== push.ts));
    case "view_open":
      // views.open replaces whatever was open; views.push names the view it lies upon.
      return {
        ...model,
        state: { ...state, views: push.view.previous_view_id ? withView(state.views, push.view) : [push.view] },
      };
    case "view_update":
      return { ...model, state: { ...state, views: withView(state.views, push.view) } };
    case "view_close":
      return { ...model, state: { ...state, views: state.views.filter((view) => view.id !== push.view_id) } };
    case "home":
      return { ...model, state: { ...state, home: push.view } };
    case "status":
      return { ...model, status: { ...model.status, [whereOf(push.channel, push.thread_ts)]: push.status } };
    case "prompts":
      return { ...model, state: { ...state, prompts: { title: push.title, prompts: push.prompts, ts: push.ts } } };
    case "session":
      return withSession(model, whereOf(push.channel, push.thread_ts), { title: push.title, status: push.status });
    case "title":
      return withSession(model, whereOf(push.channel, push.thread_ts), { title: push.title });
    case "declared":
      // The whole state is read again; see sandbox.ts.
      return model;
    case "clock":
      return { ...model, state: { ...state, clock: push }, readAt: at };
    case "unread":
      return {
        ...model,
        state: { ...state, people: state.people.map((p) => (p.id === push.user ? { ...p, unread: push.unread } : p)) },
      };
  }
}

function withMessage(model: Model, state: PageState, channel: string, message: Message, kind: string): Model {
  const shown = edit(model, channel, (list) => {
    const known = list.findIndex((m) => m.ts === message.ts);
    const next = known < 0 ? [...list, message] : list.map((m, at) => (at === known ? message : m));
    const root = message.thread_ts;
    return root && root !== message.ts && kind === "message"
      ? next.map((m) => (m.ts === root && known < 0 ? counted(m, message) : m))
      : next;
  });
  if (kind !== "message" || message.user === state.me.id) return shown;
  // An answer ends what the app said it was doing there.
  const status = { ...shown.status, [whereOf(channel, message.thread_ts)]: "", [whereOf(channel, message.ts)]: "" };
  const within = message.thread_ts && message.thread_ts !== message.ts ? message.thread_ts : null;
  const unseen = within && channel === model.channel && within !== model.thread && message.user === state.app.user;
  const away = channel !== model.channel || model.tab !== "messages";
  return {
    ...shown,
    status,
    answered: unseen ? within : shown.answered,
    state: { ...state, channels: state.channels.map((c) => (c.id === channel && away ? { ...c, unread: true } : c)) },
  };
}

/** The key of a conversation ("") or of one thread in it. */
export const whereOf = (channel: string, thread?: string | null): string => `${channel} ${thread ?? ""}`;

const withSession = (model: Model, where: string, session: Partial<Session>): Model => ({
  ...model,
  sessions: { ...model.sessions, [where]: { ...(model.sessions[where] ?? { status: "" }), ...session } },
});

const counted = (root: Message, reply: Message): Message =>
  root.latest_reply && root.latest_reply >= reply.ts
    ? root
    : { ...root, reply_count: (root.reply_count ?? 0) + 1, latest_reply: reply.ts };

const edit = (model: Model, channel: string, how: (list: Message[]) => Message[]): Model => {
  const list = model.messages[channel];
  return list ? { ...model, messages: { ...model.messages, [channel]: how(list) } } : model;
};

const withView = (views: View[], view: View): View[] =>
  views.some((v) => v.id === view.id) ? views.map((v) => (v.id === view.id ? view : v)) : [...views, view];

export const isRoot = (message: Message): boolean =>
  !message.thread_ts || message.thread_ts === message.ts || message.subtype === "thread_broadcast";
