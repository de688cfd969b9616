/** What the page and its server say to each other, and the parts of Slack's shapes the page reads. */

export interface Text {
  type: "plain_text" | "mrkdwn";
  text: string;
  emoji?: boolean;
  verbatim?: boolean;
}
export interface Option {
  text: Text;
  value: string;
  description?: Text;
  url?: string;
}
export interface Confirm {
  title: Text;
  text: Text;
  confirm: Text;
  deny: Text;
  style?: "primary" | "danger";
}

/** Any block or element: Slack adds fields faster than types follow, so only the common ones are named. */
export interface Element {
  type: string;
  action_id?: string;
  placeholder?: Text;
  confirm?: Confirm;
  options?: Option[];
  option_groups?: { label: Text; options: Option[] }[];
  // The rest differs by type and is looked at where it is shown.
  [field: string]: any;
}
export interface Block extends Element {
  block_id?: string;
}

export interface Message {
  ts: string;
  user?: string;
  bot_id?: string;
  username?: string;
  text?: string;
  blocks?: Block[];
  thread_ts?: string;
  reply_count?: number;
  latest_reply?: string;
  edited?: { ts: string };
  is_ephemeral?: boolean;
  subtype?: string;
  /** Set while an answer is written (in_progress), and how that ended. */
  streaming_state?: "in_progress" | "completed" | "stopped_by_user" | "expired";
  reactions?: { name: string; users: string[]; count: number }[];
}

export interface View {
  id: string;
  type: "modal" | "home";
  title?: Text;
  submit?: Text;
  close?: Text;
  blocks: Block[];
  hash?: string;
  previous_view_id?: string | null;
}

export interface Person {
  id: string;
  name: string;
  real_name: string;
  title: string;
  tz: string;
  team: string;
  role: string;
  deleted: boolean;
  unread: boolean;
}
export interface Channel {
  id: string;
  name: string;
  is_im: boolean;
  is_private: boolean;
  is_shared: boolean;
  members: string[];
  unread: boolean;
}
export interface Command {
  command: string;
  description?: string;
  usage_hint?: string;
}
export interface Shortcut {
  name: string;
  callback_id: string;
  description?: string;
}
/** An agent session as Slack shows it: its title, and whether the agent is at work in it. */
export interface Session {
  title?: string;
  status: string;
}

export interface PageState {
  company: string;
  app: { user: string; name: string };
  me: Person;
  people: Person[];
  channels: Channel[];
  views: View[];
  home: View | null;
  clock: ClockState;
  commands: Command[];
  /** What the app offers to do with a message. */
  shortcuts: Shortcut[];
  home_tab: boolean;
  /** Whether the app hears of the stop button; Slack shows none otherwise. */
  can_stop: boolean;
  /** What the app suggests to ask it, in the DM; `ts` is when it did. */
  prompts: Prompts;
}
export interface Prompts {
  title: string | null;
  prompts: Prompt[];
  ts: string;
}
export interface Prompt {
  title: string;
  message: string;
}
export interface ClockState {
  now_ms: number;
  iso: string;
  running: boolean;
}

/** What a control in a message or a view did, as Slack's block_actions calls it. */
export type Action = { type: string; block_id: string; action_id: string } & Record<string, unknown>;
/** block_id -> action_id -> what the input holds. */
export type Values = Record<string, Record<string, Record<string, unknown>>>;

export type Push =
  | { type: "message" | "message_changed" | "ephemeral"; channel: string; message: Message }
  | { type: "message_deleted" | "ephemeral_deleted"; channel: string; ts: string }
  | { type: "view_open" | "view_update"; view: View }
  | { type: "view_close"; view_id: string }
  | { type: "home"; view: View | null }
  | { type: "status"; channel: string; thread_ts: string; status: string }
  | ({ type: "prompts"; channel: string } & Prompts)
  | ({ type: "session"; channel: string; thread_ts: string | null } & Session)
  | { type: "title"; channel: string; thread_ts: string; title: string }
  | { type: "declared" }
  | { type: "clock"; now_ms: number; iso: string; running: boolean }
  | { type: "unread"; user: string; unread: boolean };

export class Refused extends Error {}

async function call<T>(method: string, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(path, {
    method,
    headers: body === undefined ? {} : { "content-type": "application/json" },
    body: body === undefined ? undefined : JSON.stringify(body),
  });
  const said = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Refused(said.error ?? `the sandbox answered ${answer.status}`);
  return said as T;
}

export const get = <T>(path: string) => call<T>("GET", path);
export const post = <T = Record<string, any>>(path: string, body: unknown) => call<T>("POST", path, body);
export const remove = <T = Record<string, any>>(path: string) => call<T>("DELETE", path);
export const query = (fields: Record<string, string>) => new URLSearchParams(fields).toString();
