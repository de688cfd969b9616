/** The controls that hold a value: selects, pickers, radio buttons, checkboxes, text. Native ones, so every device knows them. */
import { useModel } from "../sandbox";
import type { Element, Option } from "../wire";
import { ActingMarks } from "./controls";
import { useActing, usePlace, type Control } from "./place";
import { plainOf, Words } from "./text";

const heldBy = (control: Control): Record<string, any> | undefined =>
  usePlace().values[control.block.block_id ?? ""]?.[control.element.action_id ?? ""];

const named = (control: Control) =>
  control.labelledBy
    ? { "aria-labelledby": control.labelledBy, "aria-describedby": control.describedBy }
    : { "aria-label": plainOf(control.element.placeholder) || "Choose" };

/** Options of any select: static ones as given, people and channels from the workspace. */
function useOptions(element: Element): { groups: { label: string; options: Option[] }[] } {
  const { state } = useModel();
  const made = (id: string, name: string): Option => ({ value: id, text: { type: "plain_text", text: name } });
  if (element.type.includes("users_select"))
    return {
      groups: [
        { label: "", options: (state?.people ?? []).filter((p) => !p.deleted).map((p) => made(p.id, p.real_name)) },
      ],
    };
  if (element.type.includes("channels_select") || element.type.includes("conversations_select"))
    return {
      groups: [
        { label: "", options: (state?.channels ?? []).filter((c) => !c.is_im).map((c) => made(c.id, `#${c.name}`)) },
      ],
    };
  if (element.option_groups)
    return { groups: element.option_groups.map((g) => ({ label: plainOf(g.label), options: g.options })) };
  return { groups: [{ label: "", options: element.options ?? [] }] };
}

/** The name under which Slack reports a chosen thing of this kind of select. */
const keyOf = (type: string, many = false): string => {
  const what = type.includes("users")
    ? "user"
    : type.includes("channels")
      ? "channel"
      : type.includes("conversations")
        ? "conversation"
        : "option";
  return `selected_${what}${many ? "s" : ""}`;
};

export function Select(control: Control) {
  const { element } = control;
  const acting = useActing(control);
  const { groups } = useOptions(element);
  const key = keyOf(element.type);
  const held = heldBy(control)?.[key];
  const value = (typeof held === "string" ? held : held?.value) ?? "";
  const all = groups.flatMap((g) => g.options);
  const choose = (event: Event) => {
    const box = event.currentTarget as HTMLSelectElement;
    const option = all.find((o) => o.value === box.value);
    if (!option) return;
    if (element.confirm) box.value = value;
    acting.act({ [key]: key === "selected_option" ? option : option.value });
  };
  const list = (options: Option[]) =>
    options.map((o) => (
      <option key={o.value} value={o.value}>
        {plainOf(o.text)}
      </option>
    ));
  return (
    <span class="control">
      <select
        class={`field select ${value ? "" : "unset"}`}
        value={value}
        onChange={choose}
        aria-busy={acting.busy}
        {...named(control)}
        data-action={element.action_id}
      >
        <option value="" disabled hidden>
          {plainOf(element.placeholder) || "Select an option"}
        </option>
        {groups.map((g) =>
          g.label ? (
            <optgroup key={g.label} label={g.label}>
              {list(g.options)}
            </optgroup>
          ) : (
            list(g.options)
          ),
        )}
      </select>
      <ActingMarks acting={acting} />
    </span>
  );
}

const PICKERS: Record<string, { input: string; key: string }> = {
  datepicker: { input: "date", key: "selected_date" },
  timepicker: { input: "time", key: "selected_time" },
};

export function Picker(control: Control) {
  const acting = useActing(control);
  const { input, key } = PICKERS[control.element.type]!;
  return (
    <span class="control">
      <input
        class="field"
        type={input}
        value={heldBy(control)?.[key] ?? ""}
        aria-busy={acting.busy}
        {...named(control)}
        data-action={control.element.action_id}
        onChange={(event) => acting.act({ [key]: event.currentTarget.value || null })}
      />
      <ActingMarks acting={acting} />
    </span>
  );
}

/** Instants are whole seconds since the epoch; the browser's own zone is used to type them. */
export function Instant(control: Control) {
  const acting = useActing(control);
  const seconds = heldBy(control)?.selected_date_time as number | undefined;
  const shown = seconds
    ? new Date((seconds - new Date(seconds * 1000).getTimezoneOffset() * 60) * 1000).toISOString().slice(0, 16)
    : "";
  return (
    <span class="control">
      <input
        class="field"
        type="datetime-local"
        value={shown}
        {...named(control)}
        data-action={control.element.action_id}
        onChange={(event) =>
          acting.act({ selected_date_time: Math.floor(new Date(event.currentTarget.value).getTime() / 1000) || null })
        }
      />
      <ActingMarks acting={acting} />
    </span>
  );
}

/** Radio buttons, checkboxes, and the many-of selects (shown as checkboxes). */
export function Choices(control: Control) {
  const { element } = control;
  const place = usePlace();
  const acting = useActing(control);
  const { groups } = useOptions(element);
  const single = element.type === "radio_buttons";
  const key = single ? "selected_option" : keyOf(element.type, true);
  const held = heldBy(control)?.[key];
  const chosen: string[] = (single ? [held] : (held ?? []))
    .filter(Boolean)
    .map((o: any) => (typeof o === "string" ? o : o.value));
  const all = groups.flatMap((g) => g.options);
  const name = `${place.id}-${control.block.block_id}-${element.action_id}`;
  const toggle = (option: Option) => {
    if (single) return acting.act({ selected_option: option });
    const now = all.filter((o) => (o.value === option.value ? !chosen.includes(o.value) : chosen.includes(o.value)));
    return acting.act({ [key]: key === "selected_options" ? now : now.map((o) => o.value) });
  };
  return (
    <span class="control">
      <span
        class={`choices ${element.type.startsWith("multi_") ? "many" : ""}`}
        role={single ? "radiogroup" : "group"}
        {...named(control)}
        data-action={element.action_id}
      >
        {all.map((option) => (
          <label key={option.value}>
            <input
              type={single ? "radio" : "checkbox"}
              name={name}
              checked={chosen.includes(option.value)}
              onChange={() => toggle(option)}
            />
            <span>
              <Words text={option.text} />
              {option.description && (
                <small>
                  <Words text={option.description} />
                </small>
              )}
            </span>
          </label>
        ))}
      </span>
      <ActingMarks acting={acting} />
    </span>
  );
}

const TEXT_TYPES: Record<string, string> = { email_text_input: "email", url_text_input: "url", number_input: "number" };

export function TextInput(control: Control) {
  const { element } = control;
  const place = usePlace();
  const acting = useActing(control);
  const shared = {
    class: "field text",
    value: heldBy(control)?.value ?? "",
    placeholder: plainOf(element.placeholder),
    maxLength: element.max_length,
    "data-action": element.action_id,
    ...(control.labelledBy ? named(control) : { "aria-label": plainOf(element.placeholder) || "Text" }),
    onInput: (event: any) =>
      place.setValue(control.block.block_id ?? "", element.action_id ?? "", {
        type: element.type,
        value: event.currentTarget.value || null,
      }),
    onKeyDown: (event: KeyboardEvent) => {
      const on: string[] = element.dispatch_action_config?.trigger_actions_on ?? ["on_enter_pressed"];
      if (event.key === "Enter" && !element.multiline && !control.silent && on.includes("on_enter_pressed")) {
        event.preventDefault();
        acting.act({ value: (event.currentTarget as HTMLInputElement).value || null });
      }
    },
  };
  return element.multiline ? (
    <textarea rows={4} {...shared} />
  ) : (
    <input
      type={TEXT_TYPES[element.type] ?? "text"}
      step={element.is_decimal_allowed ? "any" : undefined}
      min={element.min_value}
      max={element.max_value}
      {...shared}
    />
  );
}
