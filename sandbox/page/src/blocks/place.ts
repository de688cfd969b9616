/** Where blocks stand (a message, a modal, the home tab): whom a press goes to, and what the inputs hold. */
import { createContext } from "preact";
import { useContext, useState } from "preact/hooks";
import type { Action, Block, Confirm, Element, Values } from "../wire";

export interface Place {
  /** Unique on the page; makes ids of labels and inputs. */
  id: string;
  values: Values;
  setValue(block: string, action: string, value: Record<string, unknown>): void;
  press(action: Action): Promise<boolean>;
  errors: Record<string, string>;
}

const Here = createContext<Place | null>(null);
export const PlaceGiven = Here.Provider;
export function usePlace(): Place {
  const place = useContext(Here);
  if (!place) throw new Error("blocks are shown outside a message, a modal or the home tab");
  return place;
}

/** What every control is told: its element, the block around it, and whether a change is sent at once. */
export interface Control<E = Element> {
  element: E;
  block: Block;
  silent?: boolean;
  labelledBy?: string;
  describedBy?: string;
}

export interface Acting {
  busy: boolean;
  failed: boolean;
  /** Set while a confirm dialog waits for its answer. */
  asking: { confirm: Confirm; yes(): void; no(): void } | null;
  act(value: Record<string, unknown>): void;
}

/** The common course of a control: ask first if it says so, keep the value, tell the app, show that it is under way. */
export function useActing({ element, block, silent }: Control): Acting {
  const place = usePlace();
  const [busy, setBusy] = useState(false);
  const [failed, setFailed] = useState(false);
  const [asking, setAsking] = useState<Acting["asking"]>(null);
  const blockId = block.block_id ?? "";
  const actionId = element.action_id ?? "";

  const go = async (value: Record<string, unknown>) => {
    const held = { type: element.type, ...value };
    if (element.type !== "button" && element.type !== "overflow") place.setValue(blockId, actionId, held);
    if (silent) return;
    setBusy(true);
    setFailed(false);
    const worked = await place.press({ block_id: blockId, action_id: actionId, ...held });
    setBusy(false);
    setFailed(!worked);
  };
  return {
    busy,
    failed,
    asking,
    act: (value) => {
      if (!element.confirm) return void go(value);
      setAsking({
        confirm: element.confirm,
        yes: () => {
          setAsking(null);
          void go(value);
        },
        no: () => setAsking(null),
      });
    },
  };
}
