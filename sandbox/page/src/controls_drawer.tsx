/** The developer's drawer: the shared clock, and the knobs that make a vendor misbehave. */
import { useEffect, useState } from "preact/hooks";
import { nowOf, useHands, useModel } from "./sandbox";
import { longTime, nextMorning } from "./time";
import { get, post, Refused, remove } from "./wire";

interface Knob {
  id?: number;
  target: string;
  mode: string;
  times: number;
  seconds?: number;
}
type Counts = Record<string, { total: number }>;

const MODES: Record<string, string> = {
  rate_limit: "answer 429",
  error: "answer with an error",
  drop_before: "hang up, no effect",
  drop_after: "take effect, then hang up",
  late: "hang up, take effect later",
  delay: "answer slowly",
  search_lag: "search lags behind",
  half_answer: "answer half",
};
const TARGETS = [
  "slack.chat.postMessage",
  "slack.chat.update",
  "slack.views.open",
  "slack.*",
  "hubspot.search",
  "hubspot.*",
  "jira.search",
  "jira.*",
];

export function ControlsDrawer({ onClose }: { onClose(): void }) {
  return (
    <aside
      class="drawer"
      id="controls"
      aria-label="Sandbox controls"
      onKeyDown={(event) => event.key === "Escape" && onClose()}
    >
      <header>
        <h2>Sandbox controls</h2>
        <button type="button" class="close" aria-label="Close sandbox controls" onClick={onClose}>
          ×
        </button>
      </header>
      <div class="drawer-body">
        <Clock />
        <Misbehaviour />
      </div>
    </aside>
  );
}

function Clock() {
  const model = useModel();
  const hands = useHands();
  const [typed, setTyped] = useState("");
  const { state } = model;
  if (!state) return null;
  const now = nowOf(model);
  const zone = state.me.tz;
  const turn = (body: unknown) =>
    void post("_sandbox/clock", body)
      .then(hands.readClock)
      .catch((error) => hands.notice(error instanceof Refused ? error.message : "The clock could not be turned."));
  const step = (words: string, seconds: number) => (
    <button type="button" class="btn" onClick={() => turn({ advance_seconds: seconds })}>
      {words}
    </button>
  );
  return (
    <section>
      <h3>Clock</h3>
      <p class="now">
        <b>{longTime(now, zone)}</b>
        <span>
          {new Date(now).toISOString().slice(0, 16).replace("T", " ")} UTC{state.clock.running ? "" : " · stopped"}
        </span>
      </p>
      <div class="actions">
        {step("+5 min", 300)}
        {step("+1 hour", 3600)}
        {step("+1 day", 86_400)}
        <button type="button" class="btn primary" onClick={() => turn({ set: nextMorning(now, zone) })}>
          Next 9:00 for {state.me.real_name.split(" ")[0]}
        </button>
        <button
          type="button"
          class="btn"
          aria-pressed={!state.clock.running}
          onClick={() => turn({ running: !state.clock.running })}
        >
          {state.clock.running ? "Stop the clock" : "Let it run"}
        </button>
      </div>
      <form
        class="line-form"
        onSubmit={(event) => {
          event.preventDefault();
          if (typed) turn({ set: `${typed}:00+00:00` });
        }}
      >
        <label>
          Set to (UTC){" "}
          <input
            class="field"
            type="datetime-local"
            value={typed}
            onInput={(event) => setTyped(event.currentTarget.value)}
          />
        </label>
        <button type="submit" class="btn" disabled={!typed}>
          Set
        </button>
      </form>
    </section>
  );
}

function Misbehaviour() {
  const hands = useHands();
  const [knobs, setKnobs] = useState<Knob[]>([]);
  const [counts, setCounts] = useState<Counts>({});
  const [target, setTarget] = useState(TARGETS[0]!);
  const [mode, setMode] = useState("rate_limit");
  const [times, setTimes] = useState("1");
  const read = async () => {
    const got = await get<Knob[] | { knobs: Knob[] }>("_sandbox/knobs");
    setKnobs(Array.isArray(got) ? got : (got.knobs ?? []));
    setCounts(await get<Counts>("_sandbox/calls"));
  };
  const then = (done: Promise<unknown>) =>
    void done
      .then(read)
      .catch((error) => hands.notice(error instanceof Refused ? error.message : "The knobs could not be read."));
  useEffect(() => {
    then(Promise.resolve());
    const every = setInterval(() => then(Promise.resolve()), 3000);
    return () => clearInterval(every);
  }, []);
  return (
    <section>
      <h3>Misbehaviour</h3>
      <form
        class="knob-form"
        onSubmit={(event) => {
          event.preventDefault();
          then(post("_sandbox/knobs", { target, mode, times: Number(times) }));
        }}
      >
        <label>
          Which call{" "}
          <input
            class="field"
            list="knob-targets"
            value={target}
            onInput={(event) => setTarget(event.currentTarget.value)}
          />
        </label>
        <datalist id="knob-targets">
          {TARGETS.map((name) => (
            <option key={name} value={name} />
          ))}
        </datalist>
        <label>
          What it does{" "}
          <select class="field select" value={mode} onChange={(event) => setMode(event.currentTarget.value)}>
            {Object.entries(MODES).map(([name, words]) => (
              <option key={name} value={name}>
                {words}
              </option>
            ))}
          </select>
        </label>
        <label>
          How often{" "}
          <select class="field select" value={times} onChange={(event) => setTimes(event.currentTarget.value)}>
            <option value="1">once</option>
            <option value="3">3 times</option>
            <option value="-1">until cleared</option>
          </select>
        </label>
        <button type="submit" class="btn primary">
          Add
        </button>
      </form>
      {knobs.length === 0 ? (
        <p class="hint">Everything behaves.</p>
      ) : (
        <ul class="knobs">
          {knobs.map((knob, at) => (
            <li key={knob.id ?? at}>
              <code>{knob.target}</code> {MODES[knob.mode] ?? knob.mode}
              {knob.times > 0 ? `, ${knob.times} more` : ", until cleared"}
            </li>
          ))}
        </ul>
      )}
      <button
        type="button"
        class="btn danger"
        disabled={knobs.length === 0}
        onClick={() => then(remove("_sandbox/knobs"))}
      >
        Clear all
      </button>
      <h3>Calls from the bot</h3>
      <p class="counts">
        {Object.entries(counts).map(([vendor, count]) => (
          <span key={vendor}>
            <b>{count?.total ?? 0}</b> {vendor}
          </span>
        ))}
      </p>
    </section>
  );
}
