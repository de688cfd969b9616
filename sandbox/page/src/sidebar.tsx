/** The left side: who you are, what you can read, and everybody you could be. */
import { useState } from "preact/hooks";
import { AppAvatar, Avatar } from "./avatar";
import { Gear, Lock } from "./icons";
import { nowOf, useHands, useModel } from "./sandbox";
import { clockTime, weekdayTime } from "./time";

export function Sidebar({
  onChosen,
  onControls,
  controlsOpen,
}: {
  onChosen(): void;
  onControls(): void;
  controlsOpen: boolean;
}) {
  const model = useModel();
  const hands = useHands();
  const [wanted, setWanted] = useState("");
  const { state } = model;
  if (!state) return null;
  const now = nowOf(model);
  const { me } = state;
  const fits = (words: string) => words.toLowerCase().includes(wanted.trim().toLowerCase());
  const all = state.people.filter(
    (p) => !p.deleted && (!wanted || fits(`${p.real_name} ${p.title} ${p.tz} ${p.team}`)),
  );
  // A company of a thousand is searched, not scrolled.
  const people = all.slice(0, MOST);
  const teams = [...new Set(people.map((p) => p.team || "Company"))];
  const go = (channel: string) => {
    hands.show(channel);
    onChosen();
  };
  return (
    <nav class="sidebar" aria-label="Workspace">
      <header>
        <strong>{state.company}</strong>
        <span class="tag">sandbox</span>
      </header>
      <div class="me">
        <Avatar id={me.id} name={me.real_name} size={40} />
        <div>
          <small>Viewing as</small>
          <b>{me.real_name}</b>
          <span>
            {weekdayTime(now, me.tz)} · {place(me.tz)}
          </span>
        </div>
      </div>
      <div class="lists">
        {state.channels.some((c) => c.is_im) && <h2>Apps</h2>}
        {state.channels
          .filter((c) => c.is_im)
          .map((c) => (
            <button
              type="button"
              key={c.id}
              class={`row ${c.id === model.channel ? "on" : ""} ${c.unread ? "unread" : ""}`}
              aria-current={c.id === model.channel ? "page" : undefined}
              onClick={() => go(c.id)}
            >
              <AppAvatar size={22} />
              <span class="name">{state.app.name}</span>
              {c.unread && <Dot />}
            </button>
          ))}
        {state.channels.some((c) => !c.is_im) && <h2>Channels</h2>}
        {state.channels
          .filter((c) => !c.is_im)
          .map((c) => (
            <button
              type="button"
              key={c.id}
              class={`row ${c.id === model.channel ? "on" : ""} ${c.unread ? "unread" : ""}`}
              aria-current={c.id === model.channel ? "page" : undefined}
              onClick={() => go(c.id)}
            >
              <span class="hash" aria-hidden="true">
                {c.is_private ? <Lock size={13} /> : "#"}
              </span>
              <span class="name">{c.name}</span>
              {c.unread && <Dot />}
            </button>
          ))}
        <h2>View as</h2>
        {state.people.length > 15 && (
          <input
            class="find"
            type="search"
            placeholder="Find a person, city or team"
            aria-label="Find a person"
            value={wanted}
            onInput={(event) => setWanted(event.currentTarget.value)}
          />
        )}
        {teams.map((team) => (
          <div key={team} role="group" aria-label={team}>
            <h3>{team}</h3>
            {people
              .filter((p) => (p.team || "Company") === team)
              .map((p) => (
                <button
                  type="button"
                  key={p.id}
                  class={`row person ${p.id === me.id ? "self" : ""} ${p.unread && p.id !== me.id ? "unread" : ""}`}
                  aria-pressed={p.id === me.id}
                  title={`${p.title} · ${p.tz}`}
                  onClick={() => {
                    hands.viewAs(p.id);
                    onChosen();
                  }}
                >
                  <Avatar id={p.id} name={p.real_name} size={22} />
                  <span class="name">{p.real_name}</span>
                  {p.unread && p.id !== me.id && <Dot />}
                  <span class="local">{clockTime(now, p.tz)}</span>
                </button>
              ))}
          </div>
        ))}
        {all.length > MOST && <p class="beyond">and {all.length - MOST} more: search for them</p>}
      </div>
      <button
        type="button"
        class="row controls-toggle"
        aria-expanded={controlsOpen}
        aria-controls="controls"
        onClick={onControls}
      >
        <span class="hash">
          <Gear />
        </span>
        <span class="name">Sandbox controls</span>
        <span class={`line ${model.live ? "live" : ""}`}>{model.live ? "live" : "reconnecting…"}</span>
      </button>
    </nav>
  );
}

const MOST = 80;
const Dot = () => (
  <span class="dot">
    <span class="sr">unread</span>
  </span>
);
const place = (zone: string) => zone.split("/").at(-1)!.replaceAll("_", " ");
