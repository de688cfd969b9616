/** What the box to write in offers while a command or a name is being typed. Pure. */
import type { Channel, Command, PageState } from "./wire";

export interface Offer {
  /** What stands in the box once it is taken. */
  text: string;
  label: string;
  hint?: string;
  note?: string;
}
export interface Suggestion {
  offers: Offer[];
  /** A line without a choice: how a command goes on, or why there is none. */
  line?: string;
}

const NOTHING: Suggestion = { offers: [] };
const MOST = 6;

export function suggested(text: string, caret: number, inThread: boolean, state: PageState, at: Channel): Suggestion {
  const command = /^\/(\S*)(\s?)/.exec(text);
  if (command) return commands(command[0].trim(), command[2] !== "", inThread, state.commands);
  const name = /(?:^|[\s(])@([\p{L}\p{N}._-]*(?: [\p{L}\p{N}._-]*)?)$/u.exec(text.slice(0, caret));
  if (!name) return NOTHING;
  const start = caret - name[1]!.length - 1;
  const wanted = name[1]!.toLowerCase();
  const there = state.people.filter((p) => at.members.includes(p.id) && p.id !== state.me.id && !p.deleted);
  const names = [
    { name: state.app.name, note: "App" },
    ...there.map((p) => ({ name: p.real_name, note: p.title })),
  ].filter((one) =>
    one.name
      .toLowerCase()
      .split(" ")
      .some((_, n, all) => all.slice(n).join(" ").startsWith(wanted)),
  );
  // Whose first name it is comes before whose last name it is.
  const first = (one: { name: string }) => (one.name.toLowerCase().startsWith(wanted) ? 0 : 1);
  names.sort((a, b) => first(a) - first(b));
  // Once the name stands there whole, there is nothing left to offer.
  if (names.length === 1 && names[0]!.name.toLowerCase() === wanted) return NOTHING;
  const offers = names.slice(0, MOST).map(({ name: one, note }) => ({
    text: `${text.slice(0, start)}@${one} ${text.slice(caret)}`,
    label: `@${one}`,
    note,
  }));
  return { offers };
}

function commands(typed: string, complete: boolean, inThread: boolean, all: Command[]): Suggestion {
  if (inThread) {
    const asks =
      typed === "/" || "/agent".startsWith(typed) ? "Write !agent NAME … instead." : "Write it as a message.";
    return { offers: [], line: `Slack has no slash commands in threads. ${asks}` };
  }
  const exact = all.find((one) => one.command === typed);
  if (complete)
    return exact
      ? { offers: [], line: [exact.command, exact.usage_hint].filter(Boolean).join(" ") }
      : { offers: [], line: `${typed} is not one of this app's commands` };
  const offers = all
    .filter((one) => one.command.startsWith(typed))
    .map((one) => ({ text: `${one.command} `, label: one.command, hint: one.usage_hint, note: one.description }));
  return offers.length ? { offers } : { offers, line: "Slash command: it goes to the app, nobody else sees it" };
}
