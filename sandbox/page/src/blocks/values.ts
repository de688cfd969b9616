/** What the inputs of some blocks hold: what the app set at first, then what the person chose. */
import { useMemo, useState } from "preact/hooks";
import type { Block, Element, Values } from "../wire";

const INITIAL: [string, string][] = [
  ["initial_value", "value"],
  ["initial_option", "selected_option"],
  ["initial_options", "selected_options"],
  ["initial_date", "selected_date"],
  ["initial_time", "selected_time"],
  ["initial_date_time", "selected_date_time"],
  ["initial_user", "selected_user"],
  ["initial_users", "selected_users"],
  ["initial_channel", "selected_channel"],
  ["initial_channels", "selected_channels"],
  ["initial_conversation", "selected_conversation"],
  ["initial_conversations", "selected_conversations"],
];
const EMPTY: Record<string, [string, unknown]> = {
  plain_text_input: ["value", null],
  email_text_input: ["value", null],
  url_text_input: ["value", null],
  number_input: ["value", null],
  static_select: ["selected_option", null],
  radio_buttons: ["selected_option", null],
  checkboxes: ["selected_options", []],
  multi_static_select: ["selected_options", []],
  datepicker: ["selected_date", null],
  timepicker: ["selected_time", null],
  datetimepicker: ["selected_date_time", null],
  users_select: ["selected_user", null],
  multi_users_select: ["selected_users", []],
  channels_select: ["selected_channel", null],
  conversations_select: ["selected_conversation", null],
};

const inside = (block: Block): Element[] =>
  [block.element, block.accessory, ...(Array.isArray(block.elements) ? block.elements : [])].filter(
    (e): e is Element => typeof e?.action_id === "string",
  );

export function startingValues(blocks: Block[]): Values {
  const values: Values = {};
  for (const block of blocks) {
    for (const element of inside(block)) {
      const empty = EMPTY[element.type];
      if (!empty) continue;
      const held: Record<string, unknown> = { type: element.type, [empty[0]]: empty[1] };
      for (const [from, to] of INITIAL) if (element[from] !== undefined) held[to] = element[from];
      (values[block.block_id ?? ""] ??= {})[element.action_id ?? ""] = held;
    }
  }
  return values;
}

/** The values of these blocks; what was typed stays when the app changes other parts of them. */
export function useValues(
  blocks: Block[],
): [Values, (block: string, action: string, value: Record<string, unknown>) => void] {
  const [typed, setTyped] = useState<Values>({});
  const values = useMemo(() => {
    const all = startingValues(blocks);
    for (const [block, actions] of Object.entries(all))
      for (const action of Object.keys(actions)) if (typed[block]?.[action]) actions[action] = typed[block][action];
    return all;
  }, [blocks, typed]);
  return [
    values,
    (block, action, value) => setTyped((was) => ({ ...was, [block]: { ...was[block], [action]: value } })),
  ];
}
