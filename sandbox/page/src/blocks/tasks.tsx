/** What an agent is doing, step by step: task cards and the plan above them. */
import type { Block } from "../wire";
import { safeUrl } from "./safe";
import { LibraryBlock, plainOf } from "./text";

const MARKS: Record<string, [string, string]> = {
  pending: ["○", "waiting"],
  in_progress: ["", "under way"],
  complete: ["✓", "done"],
  error: ["!", "failed"],
};

/** Text chunks send details as words, blocks send them as rich text. */
const Detail = ({ of }: { of: unknown }) =>
  typeof of === "string" ? <div class="words">{plainOf(of)}</div> : <LibraryBlock block={of as Block} />;

export function TaskCard({ block }: { block: Block }) {
  const status = String(block.status ?? "pending");
  const [mark, words] = MARKS[status] ?? MARKS.pending!;
  return (
    <div class={`task task-${status}`}>
      <span class="mark" aria-hidden="true">
        {mark}
      </span>
      <div class="grow">
        {plainOf(block.title)}
        <span class="sr"> ({words})</span>
        {block.details && <Detail of={block.details} />}
        {block.output && <Detail of={block.output} />}
        {Array.isArray(block.sources) && (
          <div class="sources">
            {block.sources.map((source: any, at: number) => {
              const url = safeUrl(source.url);
              return url ? (
                <a key={at} href={url} target="_blank" rel="noopener noreferrer">
                  {plainOf(source.text) || url}
                </a>
              ) : null;
            })}
          </div>
        )}
      </div>
    </div>
  );
}

export const Plan = ({ block }: { block: Block }) => (
  <div class="plan">
    <strong>{plainOf(block.title)}</strong>
    {(block.tasks ?? []).map((task: Block, at: number) => (
      <TaskCard key={task.task_id ?? at} block={task} />
    ))}
  </div>
);
