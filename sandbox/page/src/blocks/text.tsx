/** Words in blocks: mrkdwn, plain text, and whole blocks that slack-blocks-to-jsx shows. */
import type { ComponentChildren } from "preact";
import { memo } from "preact/compat";
import { Message as Rendered } from "slack-blocks-to-jsx";
import { nowOf, useModel } from "../sandbox";
import { slackDate } from "../time";
import type { Block, Text } from "../wire";
import { withEmoji } from "./emoji";
import { readMrkdwn, type Inline } from "./mrkdwn";
import { safeBlock, safeUrl } from "./safe";

/** One block through the library. Anything interactive is ours: the library draws controls but reports no press. */
export const LibraryBlock = memo(
  function LibraryBlock({ block }: { block: Block }) {
    const model = useModel();
    const { state } = model;
    const people = (state?.people ?? []).map((p) => ({ id: p.id, name: p.real_name }));
    const hooks = {
      user: ({ id, name }: Named) => <Mention kind="user" id={id} label={name} />,
      channel: ({ id, name }: Named) => <Mention kind="channel" id={id} label={name} />,
      date: ({
        timestamp,
        format,
        fallback,
        link,
      }: {
        timestamp: string;
        format: string;
        fallback: string;
        link: string | null;
      }) => <When seconds={Number(timestamp)} pattern={format} fallback={fallback} link={safeUrl(link)} />,
      // The library drops the colons of what is no emoji after all.
      emoji: (emoji: { name: string }, parse: (emoji: { name: string }) => string) => {
        const drawn = parse(emoji);
        return drawn === emoji.name ? `:${emoji.name}:` : drawn;
      },
      link: ({ href, children, className }: { href: string; children: ComponentChildren; className?: string }) => (
        <Link url={safeUrl(href)} look={className}>
          {children}
        </Link>
      ),
    };
    return (
      <Rendered
        blocks={[safeBlock(block) as any]}
        name=""
        logo=""
        theme="light"
        withoutWrapper
        hooks={hooks as any}
        data={{ users: people as any, channels: state?.channels as any }}
      />
    );
  },
  (was, is) => was.block === is.block || JSON.stringify(was.block) === JSON.stringify(is.block),
);

interface Named {
  id: string;
  name?: string;
}

function Mention({ kind, id, label }: { kind: string; id: string; label?: string }) {
  const { state } = useModel();
  if (kind === "user") {
    const name = id === state?.app.user ? state.app.name : state?.people.find((p) => p.id === id)?.real_name;
    return <span class={`mention ${id === state?.me.id ? "you" : ""}`}>@{name ?? label ?? id}</span>;
  }
  if (kind === "channel")
    return <span class="mention">#{state?.channels.find((c) => c.id === id)?.name ?? label ?? id}</span>;
  return <span class="mention">{label ?? `@${id}`}</span>;
}

/** `look` is how the library wants it, for example bold; an address that is not allowed leaves the words. */
const Link = ({ url, look, children }: { url: string | null; look?: string; children: ComponentChildren }) =>
  url ? (
    <a class={look} href={url} target="_blank" rel="noopener noreferrer">
      {children}
    </a>
  ) : (
    <span class={look}>{children}</span>
  );

function When({
  seconds,
  pattern,
  fallback,
  link,
}: {
  seconds: number;
  pattern: string;
  fallback: string;
  link: string | null;
}) {
  const model = useModel();
  const words = Number.isFinite(seconds)
    ? slackDate(seconds, pattern, nowOf(model), model.state?.me.tz ?? "UTC")
    : fallback;
  return <time title={fallback}>{link ? <Link url={link}>{words}</Link> : words}</time>;
}

const TAGS = { bold: "b", italic: "i", strike: "s" } as const;

function Inlines({ of }: { of: Inline[] }) {
  return (
    <>
      {of.map((node, at) => {
        if (typeof node === "string") return node;
        if (node.kind === "code") return <code key={at}>{node.text}</code>;
        if (node.kind === "link")
          return (
            <Link key={at} url={node.url}>
              <Inlines of={node.inside} />
            </Link>
          );
        if (node.kind === "date") return <When key={at} {...node} />;
        if (node.kind === "style") {
          const Tag = TAGS[node.style];
          return (
            <Tag key={at}>
              <Inlines of={node.inside} />
            </Tag>
          );
        }
        return <Mention key={at} kind={node.kind} id={node.id} label={node.label} />;
      })}
    </>
  );
}

export const Mrkdwn = memo(({ text }: { text: string }) => (
  <div class="words">
    {readMrkdwn(text).map((part, at) =>
      part.kind === "code" ? (
        <pre key={at}>{part.text}</pre>
      ) : part.kind === "quote" ? (
        <blockquote key={at}>
          <Inlines of={part.inside} />
        </blockquote>
      ) : (
        <div key={at}>
          <Inlines of={part.inside} />
        </div>
      ),
    )}
  </div>
));

export const plainOf = (text: Text | string | undefined): string =>
  withEmoji(typeof text === "string" ? text : (text?.text ?? ""));

export const Words = ({ text }: { text: Text }) =>
  text.type === "mrkdwn" ? <Mrkdwn text={text.text} /> : <span class="plain">{plainOf(text)}</span>;
