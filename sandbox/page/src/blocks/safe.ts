/** What may come out of a message: no address but http(s), mailto and slack, no picture from elsewhere, no id of ours. */
import type { Block } from "../wire";

const ALLOWED = /^(https?:\/\/|mailto:|slack:\/\/)/i;
export const safeUrl = (url: unknown): string | null =>
  // Control characters and blanks inside a scheme are how "java\nscript:" gets past a naive look.
  typeof url === "string" && ALLOWED.test(url) && !/[\u0000-\u0020]/.test(url) ? url : null;

/** Pictures come only from this server or from the text itself, so nothing on this page reaches beyond the machine. */
export function safeImage(url: unknown): string | null {
  if (typeof url !== "string") return null;
  if (/^data:image\/(png|gif|jpeg|webp);base64,/.test(url)) return url;
  const address = URL.canParse(url, location.href) ? new URL(url, location.href) : null;
  return address?.origin === location.origin ? url : null;
}

/** mrkdwn with the links the library would pass on unseen (also inside code) reduced to their words. */
export const safeMrkdwn = (text: string): string =>
  text.replaceAll(/<([^<>@#!|\s][^<>|]*)(?:\|([^<>]*))?>/g, (whole, url: string, label?: string) =>
    safeUrl(unescaped(url)) ? whole : (label ?? url),
  );

/** Markdown without pictures: `![words](address)` becomes a link, as Slack shows it. */
export const safeMarkdown = (text: string): string => text.replaceAll("![", "[");

export const unescaped = (text: string): string =>
  text.replaceAll("&lt;", "<").replaceAll("&gt;", ">").replaceAll("&amp;", "&");

/** A copy of a block for the library: addresses that are not allowed are gone, and so are ids, which would land in the page. */
export function safeBlock(block: Block): Block {
  const clean = (value: any): any => {
    if (Array.isArray(value)) return value.map(clean);
    if (value === null || typeof value !== "object") return value;
    if (value.type === "link" && !safeUrl(value.url))
      return { type: "text", text: value.text ?? String(value.url), style: value.style };
    const copy: Record<string, unknown> = {};
    for (const [key, inner] of Object.entries(value)) {
      if (key === "block_id" || (/url$/.test(key) && !safeUrl(inner))) continue;
      copy[key] =
        key === "text" && typeof inner === "string" && value.type === "mrkdwn" ? safeMrkdwn(inner) : clean(inner);
    }
    return copy;
  };
  const copy = clean(block) as Block;
  return copy.type === "markdown" ? { ...copy, text: safeMarkdown(String(copy.text ?? "")) } : copy;
}
