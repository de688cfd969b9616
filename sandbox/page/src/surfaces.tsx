/** Modals and the Home tab: views that the app opens, fills and changes. */
import { useEffect, useState } from "preact/hooks";
import { Blocks } from "./blocks/blocks";
import { PlaceGiven, type Place } from "./blocks/place";
import { plainOf } from "./blocks/text";
import { useValues } from "./blocks/values";
import { Dialog } from "./dialog";
import { useHands, useModel } from "./sandbox";
import type { Block, View } from "./wire";

function usePlaceOf(view: View, errors: Record<string, string>): [Place, Place["values"]] {
  const hands = useHands();
  const [values, setValue] = useValues(view.blocks);
  return [
    { id: view.id, values, setValue, errors, press: (action) => hands.press({ view_id: view.id }, action, values) },
    values,
  ];
}

/** The topmost view of the stack; the ones below wait, as in Slack. */
export function Modals() {
  const { state } = useModel();
  const top = state?.views.at(-1);
  return top ? <Modal key={top.id} view={top} /> : null;
}

function Modal({ view }: { view: View }) {
  const hands = useHands();
  const { state } = useModel();
  const [errors, setErrors] = useState<Record<string, string>>({});
  const [busy, setBusy] = useState(false);
  const [place, values] = usePlaceOf(view, errors);
  useEffect(() => setErrors({}), [view.hash]);
  const close = () => void hands.closeView(view.id);
  const submit = async () => {
    if (!view.submit || busy) return undefined;
    const amiss = view.blocks.flatMap((b) => {
      const words = b.type === "input" && wrongWith(b, values[b.block_id ?? ""]?.[b.element?.action_id]);
      return words ? [[b.block_id ?? "", words]] : [];
    });
    setErrors(Object.fromEntries(amiss));
    if (amiss.length) return undefined;
    setBusy(true);
    const wrong = await hands.submit(view.id, values);
    setBusy(false);
    return setErrors(wrong ?? {});
  };
  return (
    <Dialog
      title={plainOf(view.title)}
      onClose={close}
      onSubmit={() => void submit()}
      foot={
        <>
          {errors[""] && (
            <span class="error" role="alert">
              {errors[""]}
            </span>
          )}
          <button type="button" class="btn" onClick={close}>
            {plainOf(view.close) || ((state?.views.length ?? 0) > 1 ? "Back" : view.submit ? "Cancel" : "Close")}
          </button>
          {view.submit && (
            <button type="submit" class="btn primary" disabled={busy} aria-busy={busy}>
              {plainOf(view.submit)}
            </button>
          )}
        </>
      }
    >
      <PlaceGiven value={place}>
        <Blocks blocks={view.blocks} />
      </PlaceGiven>
    </Dialog>
  );
}

const isEmpty = (held: Record<string, unknown> | undefined): boolean =>
  !held ||
  Object.entries(held).every(
    ([key, value]) => key === "type" || value === null || value === "" || (Array.isArray(value) && value.length === 0),
  );

/** What Slack's own client finds wrong with an input before the app hears of it. */
function wrongWith(block: Block, held: Record<string, unknown> | undefined): string | null {
  if (isEmpty(held)) return block.optional ? null : "Please complete this required field.";
  const { type, min_value, max_value, min_length, is_decimal_allowed } = block.element;
  const said = String(held?.value ?? "");
  if (type === "number_input") {
    const number = Number(said);
    if (!Number.isFinite(number)) return "Please enter a number.";
    if (!is_decimal_allowed && !Number.isInteger(number)) return "Please enter a whole number.";
    if (min_value !== undefined && number < Number(min_value)) return `Please enter ${min_value} or more.`;
    if (max_value !== undefined && number > Number(max_value)) return `Please enter ${max_value} or less.`;
  }
  if (type === "plain_text_input" && min_length > said.length) return `Please enter at least ${min_length} characters.`;
  return null;
}

export function Home() {
  const { state } = useModel();
  const view = state?.home;
  return (
    <section class="home scroller" aria-label="Home" tabIndex={0}>
      {view ? (
        <HomeView view={view} />
      ) : (
        <div class="empty">
          <strong>This is the home of {state?.app.name}</strong>
          <p>Nothing has been put here yet.</p>
        </div>
      )}
    </section>
  );
}

function HomeView({ view }: { view: View }) {
  const [place] = usePlaceOf(view, {});
  return (
    <PlaceGiven value={place}>
      <Blocks blocks={view.blocks} />
    </PlaceGiven>
  );
}
