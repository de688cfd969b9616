/** Slack's mrkdwn, read into a tree. Pure.
 *
 * slack-blocks-to-jsx reads mrkdwn as Markdown: "$182,000 and $64,500" becomes a formula, "10:30:45" an emoji, "# 4" a
 * heading, and all of them vanish from the screen. An account list is full of those, so mrkdwn is read here, by Slack's
 * rules: `*bold*` `_italic_` `~strike~` only at word edges, code, quotes, `<…>` for links and mentions, nothing else.
 */
import { emojiNamed } from "./emoji";
import { safeUrl, unescaped } from "./safe";

export type Style = "bold" | "italic" | "strike";
export type Inline =
  | string
  | { kind: "style"; style: Style; inside: Inline[] }
  | { kind: "code"; text: string }
  | { kind: "link"; url: string; inside: Inline[] }
  | { kind: "user" | "channel" | "group" | "broadcast"; id: string; label?: string }
  | { kind: "date"; seconds: number; pattern: string; link: string | null; fallback: string };
export type Part = { kind: "text" | "quote"; inside: Inline[] } | { kind: "code"; text: string };

const STYLES: Record<string, Style> = { "*": "bold", _: "italic", "~": "strike" };
const WORD = /[\p{L}\p{N}]/u;

export function readMrkdwn(text: string): Part[] {
  const parts: Part[] = [];
  text.split(/```([\s\S]+?)```/).forEach((piece, at) => {
    if (at % 2 === 1) parts.push({ kind: "code", text: plainOfCode(piece.replace(/^\n/, "").replace(/\n$/, "")) });
    else parts.push(...quotesOf(at > 0 ? piece.replace(/^\n/, "") : piece));
  });
  return parts;
}

function quotesOf(text: string): Part[] {
  const parts: Part[] = [];
  let kind: "text" | "quote" = "text";
  let lines: string[] = [];
  const end = () => {
    if (lines.length && (kind === "quote" || lines.join("") !== ""))
      parts.push({ kind, inside: inline(lines.join("\n")) });
    lines = [];
  };
  const all = text.split("\n");
  for (let at = 0; at < all.length; at += 1) {
    const line = all[at]!;
    const rest = /^(?:>>>|&gt;&gt;&gt;) ?/.exec(line);
    if (rest) {
      end();
      parts.push({ kind: "quote", inside: inline([line.slice(rest[0].length), ...all.slice(at + 1)].join("\n")) });
      return parts;
    }
    const quoted = /^(?:>|&gt;) ?/.exec(line);
    const now = quoted ? "quote" : "text";
    if (now !== kind) end();
    kind = now;
    lines.push(quoted ? line.slice(quoted[0].length) : line);
  }
  end();
  return parts;
}

export function inline(text: string): Inline[] {
  const found: Inline[] = [];
  let plain = "";
  const take = (node: Inline) => {
    if (plain) found.push(unescaped(plain));
    plain = "";
    found.push(node);
  };
  let at = 0;
  while (at < text.length) {
    const step = oneAt(text, at);
    if (step) {
      take(step.node);
      at += step.length;
    } else {
      plain += text[at];
      at += 1;
    }
  }
  if (plain) found.push(unescaped(plain));
  return found;
}

interface Step {
  node: Inline;
  length: number;
}

function oneAt(text: string, at: number): Step | null {
  const letter = text[at]!;
  const style = STYLES[letter];
  if (style) return styled(text, at, style);
  if (letter === "`") {
    const code = /^`([^`\n]+)`/.exec(text.slice(at));
    return code && { node: { kind: "code", text: plainOfCode(code[1]!) }, length: code[0].length };
  }
  if (letter === "<") {
    const angle = /^<([^<>\n]+)>/.exec(text.slice(at));
    const node = angle && special(angle[1]!);
    return angle && node ? { node, length: angle[0].length } : null;
  }
  if (letter === ":") {
    const named = /^:([a-z0-9_+-]+)(?:::skin-tone-[2-6])?:/.exec(text.slice(at));
    const emoji = named && emojiNamed(named[1]!);
    return named && emoji ? { node: emoji, length: named[0].length } : null;
  }
  if (letter === "h" && !WORD.test(text[at - 1] ?? "")) {
    const bare = /^https?:\/\/[^\s<>|]*[^\s<>|.,;:!?'")\]*_~]/.exec(text.slice(at));
    const url = bare && safeUrl(unescaped(bare[0]));
    return bare && url ? { node: { kind: "link", url, inside: [url] }, length: bare[0].length } : null;
  }
  return null;
}

/** A style opens after no word and before no blank, and closes after no blank and before no word, on the same line. */
function styled(text: string, at: number, style: Style): Step | null {
  const mark = text[at]!;
  if (WORD.test(text[at - 1] ?? "") || /[\s]/.test(text[at + 1] ?? " ") || text[at + 1] === mark) return null;
  for (let end = at + 1; end < text.length && text[end] !== "\n"; end += 1) {
    const skipped = /^(?:<[^<>\n]+>|`[^`\n]+`)/.exec(text.slice(end));
    if (skipped) end += skipped[0].length - 1;
    else if (
      text[end] === mark &&
      end > at + 1 &&
      !/\s/.test(text[end - 1]!) &&
      !WORD.test(text[end + 1] ?? "") &&
      text[end + 1] !== mark
    )
      return { node: { kind: "style", style, inside: inline(text.slice(at + 1, end)) }, length: end + 1 - at };
  }
  return null;
}

function special(inside: string): Inline | null {
  const bar = inside.indexOf("|");
  const target = bar < 0 ? inside : inside.slice(0, bar);
  const label = bar < 0 ? undefined : inside.slice(bar + 1);
  const rest = target.slice(1);
  if (target[0] === "@") return { kind: "user", id: rest, label: label && unescaped(label) };
  if (target[0] === "#") return { kind: "channel", id: rest, label: label && unescaped(label) };
  if (target[0] === "!") {
    const date = /^!date\^(-?\d+)\^([^^]*)(?:\^(.*))?$/.exec(target);
    if (date)
      return {
        kind: "date",
        seconds: Number(date[1]),
        pattern: unescaped(date[2]!),
        link: safeUrl(unescaped(date[3] ?? "")),
        fallback: unescaped(label ?? ""),
      };
    if (rest.startsWith("subteam^")) return { kind: "group", id: rest.slice(8), label: label && unescaped(label) };
    return { kind: "broadcast", id: rest.split("^")[0]!, label: label && unescaped(label) };
  }
  const url = safeUrl(unescaped(target));
  if (url) return { kind: "link", url, inside: label ? inline(label) : [url.replace(/^mailto:/, "")] };
  // An address that is not allowed leaves its words; anything else in angle brackets is just text.
  return /^[a-z][a-z0-9+.-]*:/i.test(target) ? unescaped(label ?? target) : null;
}

const plainOfCode = (text: string): string =>
  unescaped(
    text.replaceAll(/<([^<>|\s]+:[^<>|\s]+)(?:\|([^<>]*))?>/g, (_, url: string, label?: string) => label ?? url),
  );
