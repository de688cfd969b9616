/** The live connection of the page to its server: loads, listens, and does what the person does. */
import { createContext } from "preact";
import { useContext, useEffect, useMemo, useReducer, useRef } from "preact/hooks";
import { listen } from "./live";
import { change, nothing, type Model } from "./model";
import {
  get,
  post,
  query,
  Refused,
  type Action,
  type ClockState,
  type Message,
  type PageState,
  type Values,
} from "./wire";

/** What is wrong with which input ("" for the view as a whole), or nothing. */
export type Errors = Record<string, string> | null;

export interface Hands {
  viewAs(user: string): void;
  show(channel: string, tab?: Model["tab"]): void;
  openThread(ts: string | null): void;
  dismiss(ts: string): void;
  edit(ts: string, text: string): Promise<boolean>;
  remove(ts: string): Promise<boolean>;
  shortcut(ts: string, callback: string): Promise<boolean>;
  stop(thread: string | null): Promise<boolean>;
  say(text: string, thread?: string): Promise<void>;
  press(container: { message_ts?: string; view_id?: string }, action: Action, values?: Values): Promise<boolean>;
  submit(view: string, values: Values): Promise<Errors>;
  closeView(view: string): Promise<void>;
  notice(text: string | null): void;
  readClock(): Promise<void>;
}

const Hand = createContext<Hands | null>(null);
const Known = createContext<Model>(nothing);
export const HandsGiven = Hand.Provider;
export const ModelGiven = Known.Provider;
export const useModel = (): Model => useContext(Known);
export function useHands(): Hands {
  const hands = useContext(Hand);
  if (!hands) throw new Error("no hands above this part of the page");
  return hands;
}
/** The shared now, running on between readings while the clock runs. */
export const nowOf = (model: Model): number => {
  const clock = model.state?.clock;
  return clock ? clock.now_ms + (clock.running ? Date.now() - model.readAt : 0) : Date.now();
};

const asked = () => new URLSearchParams(location.search);
/** The message a link led here for. */
export const soughtMessage = asked().get("message");
const remember = (user: string, channel: string | null, tab: string) =>
  history.replaceState(
    null,
    "",
    `?${query({ user, ...(channel ? { channel } : {}), ...(tab === "home" ? { tab } : {}) })}`,
  );

export function useSandbox(): [Model, Hands] {
  const [model, tell] = useReducer(change, nothing);
  const latest = useRef(model);
  latest.current = model;
  const user = model.state?.me.id;
  const { channel, tab } = model;

  const hands = useMemo<Hands>(() => {
    const me = () => latest.current.state?.me.id ?? "";
    const fail = (error: unknown) =>
      tell({
        type: "notice",
        text: error instanceof Refused ? error.message : "The sandbox does not answer. Is it still running?",
      });
    const load = async (asUser: string, keep = false) => {
      const state = await get<PageState>(`_page/state?${query({ user: asUser })}`);
      localStorage.setItem("user", state.me.id);
      const wish = keep ? latest.current.channel : asked().get("channel");
      const open = state.channels.find((c) => c.id === wish) ?? state.channels[0];
      const wishTab = keep ? latest.current.tab : asked().get("tab") === "home" ? "home" : "messages";
      tell({
        type: "state",
        state,
        channel: open?.id ?? null,
        tab: open?.is_im && state.home_tab ? wishTab : "messages",
        at: Date.now(),
      });
      const thread = keep ? null : asked().get("thread");
      if (thread && open?.id === wish) tell({ type: "thread", ts: thread });
      return open?.id;
    };
    const does = async (what: string, more: object): Promise<boolean> => {
      try {
        return (await post(`_page/${what}`, { user: me(), channel: latest.current.channel, ...more })).ok === true;
      } catch (error) {
        fail(error);
        return false;
      }
    };
    const loadMessages = async (id: string, whole = false) => {
      const got = await get<{ messages: Message[]; status: Model["status"]; sessions: Model["sessions"] }>(
        `_page/messages?${query({ user: me(), channel: id })}`,
      );
      tell({ type: "messages", channel: id, ...got, whole });
    };
    return {
      viewAs: (id) => {
        if (id !== me()) history.replaceState(null, "", `?${query({ user: id })}`);
        load(id).catch(fail);
      },
      show: (id, to = "messages") => tell({ type: "show", channel: id, tab: to }),
      openThread: (ts) => tell({ type: "thread", ts }),
      dismiss: (ts) => tell({ type: "dismiss", ts }),
      edit: (ts, text) => does("edit", { ts, text }),
      remove: (ts) => does("delete", { ts }),
      shortcut: async (ts, callback) => {
        const heard = await does("shortcut", { ts, callback_id: callback });
        if (!heard) tell({ type: "notice", text: "The app did not answer. Try again." });
        return heard;
      },
      stop: (thread) => does("stop", { thread_ts: thread }),
      say: async (text, thread) => {
        const where = { user: me(), channel: latest.current.channel };
        const slash = /^\/([^\s/]+)(?:\s+([\s\S]*))?$/.exec(text);
        try {
          if (!slash) {
            await post("_page/message", { ...where, text, ...(thread ? { thread_ts: thread } : {}) });
          } else if (thread) {
            tell({
              type: "notice",
              text: `/${slash[1]} is not supported in threads. Sorry! Write !${slash[1]} instead.`,
            });
          } else {
            await post("_page/command", { ...where, command: `/${slash[1]}`, text: slash[2]?.trim() ?? "" });
          }
        } catch (error) {
          fail(error);
          throw error;
        }
      },
      press: async (container, action, values) => {
        try {
          const said = await post("_page/action", {
            user: me(),
            channel: latest.current.channel,
            ...container,
            action,
            values,
          });
          return said.ok === true;
        } catch (error) {
          fail(error);
          return false;
        }
      },
      submit: async (view, values) => {
        try {
          return (await post<{ errors: Errors }>("_page/view_submit", { user: me(), view_id: view, state: { values } }))
            .errors;
        } catch (error) {
          return { "": error instanceof Refused ? error.message : "We had some trouble connecting. Try again?" };
        }
      },
      closeView: async (view) => {
        tell({ type: "push", push: { type: "view_close", view_id: view }, at: Date.now() });
        await post("_page/view_close", { user: me(), view_id: view }).catch(fail);
      },
      notice: (text) => tell({ type: "notice", text }),
      readClock: async () =>
        tell({ type: "clock_read", clock: await get<ClockState>("_sandbox/clock"), at: Date.now() }),
      ...{ load, loadMessages },
    };
  }, []);
  const inner = hands as Hands & {
    load(user: string, keep?: boolean): Promise<string | undefined>;
    loadMessages(channel: string, whole?: boolean): Promise<void>;
  };

  useEffect(() => {
    // A link to a message names no reader: it is opened by whoever looked last.
    const start = asked().get("user") ?? (asked().has("message") ? localStorage.getItem("user") : null) ?? "";
    inner
      .load(start)
      .catch((error) => hands.notice(error instanceof Refused ? error.message : "The sandbox does not answer."));
  }, []);

  // What is on screen is read, and the address says what is on screen.
  useEffect(() => {
    if (!user || !channel) return;
    remember(user, channel, tab);
    inner.loadMessages(channel).catch(() => hands.notice("These messages could not be loaded."));
    void post("_page/open", { user, channel, tab }).catch(() => hands.notice("The sandbox does not answer."));
  }, [user, channel, tab]);

  useEffect(
    () =>
      user
        ? listen(
            user,
            tell,
            (at) => at === latest.current.channel && latest.current.tab === "messages",
            () => {
              // Whatever was missed while the line was down is read again.
              void inner
                .load(user, true)
                .then((open) => (open ? inner.loadMessages(open, true) : undefined))
                .catch(() => undefined);
            },
          )
        : undefined,
    [user],
  );

  return [model, hands];
}
