/** The page as a whole: sidebar, conversation or home, thread, modals, controls. */
import { useEffect, useReducer, useState } from "preact/hooks";
import { AppAvatar } from "./avatar";
import { ControlsDrawer } from "./controls_drawer";
import { Conversation, Thread } from "./conversation";
import { Lock, Menu } from "./icons";
import { HandsGiven, ModelGiven, nowOf, useSandbox } from "./sandbox";
import { Sidebar } from "./sidebar";
import { Home, Modals } from "./surfaces";
import { longTime, weekdayTime } from "./time";

export function App() {
  const [model, hands] = useSandbox();
  const [menu, setMenu] = useState(false);
  const [controls, setControls] = useState(false);
  const [, tick] = useReducer((n: number) => n + 1, 0);
  useEffect(() => {
    const every = setInterval(tick, 10_000, undefined);
    return () => clearInterval(every);
  }, []);
  const { state } = model;
  const open = state?.channels.find((c) => c.id === model.channel);
  useEffect(() => {
    if (state)
      document.title = `${state.channels.some((c) => c.unread) ? "• " : ""}${open?.is_im ? state.app.name : `#${open?.name ?? ""}`} · ${state.me.real_name}`;
  }, [state, open]);
  return (
    <HandsGiven value={hands}>
      <ModelGiven value={model}>
        <div
          class={`page ${menu ? "menu-open" : ""} ${model.thread ? "with-thread" : ""}`}
          onKeyDown={(event) => event.key === "Escape" && setMenu(false)}
        >
          <Sidebar
            onChosen={() => setMenu(false)}
            onControls={() => {
              setControls(!controls);
              setMenu(false);
            }}
            controlsOpen={controls}
          />
          <button
            type="button"
            class="shade"
            aria-label="Close the menu"
            tabIndex={menu ? 0 : -1}
            onClick={() => setMenu(false)}
          />
          <main>
            {state && open && (
              <header class="top">
                <button
                  type="button"
                  class="burger"
                  aria-label="Open the menu"
                  aria-expanded={menu}
                  onClick={() => setMenu(true)}
                >
                  <Menu size={20} />
                  {state.people.some((p) => p.unread && p.id !== state.me.id) && <span class="dot" />}
                </button>
                <div class="title">
                  {open.is_im ? (
                    <AppAvatar size={26} />
                  ) : (
                    <span class="hash" aria-hidden="true">
                      {open.is_private ? <Lock /> : "#"}
                    </span>
                  )}
                  <h1>{open.is_im ? state.app.name : open.name}</h1>
                  {open.is_im && <span class="badge">App</span>}
                  {open.is_shared && <span class="badge">Shared with another company</span>}
                  {!open.is_im && <span class="count">{open.members.length} members</span>}
                  <span class="when" title="The sandbox's own clock, in this person's time zone">
                    <span class="long">{longTime(nowOf(model), state.me.tz)}</span>
                    <span class="short">{weekdayTime(nowOf(model), state.me.tz)}</span>
                  </span>
                </div>
                {open.is_im && (
                  <div class="tabs" role="tablist" aria-label={state.app.name}>
                    {(state.home_tab ? (["home", "messages"] as const) : (["messages"] as const)).map((tab) => (
                      <button
                        type="button"
                        key={tab}
                        role="tab"
                        aria-selected={model.tab === tab}
                        onClick={() => hands.show(open.id, tab)}
                      >
                        {tab === "home" ? "Home" : "Messages"}
                      </button>
                    ))}
                  </div>
                )}
              </header>
            )}
            {model.notice && (
              <div class="notice" role="alert">
                <span>{model.notice}</span>
                <button type="button" class="close" aria-label="Dismiss" onClick={() => hands.notice(null)}>
                  ×
                </button>
              </div>
            )}
            {state ? (
              model.tab === "home" ? (
                <Home />
              ) : (
                <Conversation />
              )
            ) : (
              !model.notice && <p class="loading">Opening the sandbox…</p>
            )}
          </main>
          {model.tab === "messages" && <Thread />}
          {controls && <ControlsDrawer onClose={() => setControls(false)} />}
        </div>
        <Modals />
      </ModelGiven>
    </HandsGiven>
  );
}
