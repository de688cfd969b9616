/** Instants in words, always in the zone of the person who looks. */

const made = new Map<string, Intl.DateTimeFormat>();
function format(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = zone + JSON.stringify(options);
  let known = made.get(key);
  if (!known) {
    known = new Intl.DateTimeFormat("en-US", { timeZone: zone, ...options });
    made.set(key, known);
  }
  return known;
}

const plain = (words: string) => words.replaceAll("\u202f", " ");

export const tsToMs = (ts: string): number => Math.floor(Number(ts) * 1000);
export const clockTime = (ms: number, zone: string) =>
  plain(format(zone, { hour: "numeric", minute: "2-digit" }).format(ms));
/** Without AM or PM, where there is no room for it. */
export const briefTime = (ms: number, zone: string) => clockTime(ms, zone).replace(/\s[AP]M$/, "");
export const weekdayTime = (ms: number, zone: string) =>
  plain(format(zone, { weekday: "short", hour: "numeric", minute: "2-digit" }).format(ms));
export const longTime = (ms: number, zone: string) =>
  plain(
    format(zone, {
      weekday: "long",
      month: "long",
      day: "numeric",
      hour: "numeric",
      minute: "2-digit",
      timeZoneName: "short",
    }).format(ms),
  );
/** The calendar day in that zone, as 2026-11-23. */
export function dayOf(ms: number, zone: string): string {
  const parts = Object.fromEntries(
    format(zone, { year: "numeric", month: "2-digit", day: "2-digit" })
      .formatToParts(ms)
      .map((p) => [p.type, p.value]),
  );
  return `${parts.year}-${parts.month}-${parts.day}`;
}

const ordinal = (day: number) => {
  const tail = day % 100 >= 11 && day % 100 <= 13 ? "th" : (["th", "st", "nd", "rd"][day % 10] ?? "th");
  return `${day}${tail}`;
};

/** "Today", "Yesterday", or "Monday, November 23rd". */
export function dayName(ms: number, now: number, zone: string): string {
  const day = dayOf(ms, zone);
  if (day === dayOf(now, zone)) return "Today";
  if (day === dayOf(now - 86_400_000, zone)) return "Yesterday";
  const words = format(zone, { weekday: "long", month: "long" }).formatToParts(ms);
  const named = Object.fromEntries(words.map((p) => [p.type, p.value]));
  const year = day.slice(0, 4) === dayOf(now, zone).slice(0, 4) ? "" : `, ${day.slice(0, 4)}`;
  return `${named.weekday}, ${named.month} ${ordinal(Number(day.slice(8)))}${year}`;
}

/** `<!date^…>` as Slack writes it: each token of the pattern replaced. */
export function slackDate(seconds: number, pattern: string, now: number, zone: string): string {
  const ms = seconds * 1000;
  const relative = (words: string) => {
    const name = dayName(ms, now, zone);
    return name === "Today" || name === "Yesterday" ? name.toLowerCase() : words;
  };
  const as = (options: Intl.DateTimeFormatOptions) => plain(format(zone, options).format(ms));
  const date = as({ year: "numeric", month: "long", day: "numeric" });
  const short = as({ year: "numeric", month: "short", day: "numeric" });
  const long = as({ year: "numeric", month: "long", day: "numeric", weekday: "long" });
  const tokens: Record<string, () => string> = {
    date_num: () => dayOf(ms, zone),
    date_slash: () => as({ year: "numeric", month: "2-digit", day: "2-digit" }),
    date: () => date,
    date_pretty: () => relative(date),
    date_short: () => short,
    date_short_pretty: () => relative(short),
    date_long: () => long,
    date_long_full: () => long,
    date_long_pretty: () => relative(long),
    day_divider_pretty: () => relative(as({ weekday: "long", month: "long", day: "numeric" })),
    time: () => clockTime(ms, zone),
    time_secs: () => as({ hour: "numeric", minute: "2-digit", second: "2-digit" }),
    ago: () => ago(now - ms),
  };
  return pattern.replaceAll(/\{(\w+)\}/g, (whole, name: string) => tokens[name]?.() ?? whole);
}

function ago(ms: number): string {
  const minutes = Math.round(Math.abs(ms) / 60_000);
  const [n, unit] =
    minutes < 60
      ? [minutes, "minute"]
      : minutes < 1440
        ? [Math.round(minutes / 60), "hour"]
        : [Math.round(minutes / 1440), "day"];
  const words = `${n} ${unit}${n === 1 ? "" : "s"}`;
  return ms >= 0 ? `${words} ago` : `in ${words}`;
}

/** The next instant at which it is 9:00 on a weekday there: a search by quarter hours copes with any zone and DST. */
export function nextMorning(now: number, zone: string): number {
  const quarter = 900_000;
  const look = format(zone, { weekday: "short", hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  for (let at = Math.ceil((now + 1) / quarter) * quarter; at < now + 8 * 86_400_000; at += quarter) {
    const words = look.format(at);
    if (words.endsWith("09:00") && !/^S(at|un)/.test(words)) return at;
  }
  return now;
}
