/** Tables, and data tables with their caption and pages. */
import { useState } from "preact/hooks";
import type { Block } from "../wire";
import { LibraryBlock, plainOf } from "./text";
import { unescaped } from "./safe";

interface Cell {
  type: string;
  text?: string;
  value?: number;
  [field: string]: unknown;
}

const Inside = ({ cell }: { cell: Cell }) => {
  if (cell.type === "rich_text") return <LibraryBlock block={cell as Block} />;
  if (cell.type === "raw_number") return <>{cell.text ?? cell.value}</>;
  return <>{plainOf(unescaped(String(cell.text ?? "")))}</>;
};

export function Table({ block }: { block: Block }) {
  const [head, ...body] = (block.rows ?? []) as Cell[][];
  const size: number = block.type === "data_table" ? (block.page_size ?? 5) : body.length;
  const [page, setPage] = useState(0);
  const pages = Math.max(1, Math.ceil(body.length / Math.max(1, size)));
  if (!head) return null;
  const side = (at: number, cell?: Cell) =>
    block.column_settings?.[at]?.align ?? (cell?.type === "raw_number" ? "right" : "left");
  return (
    <div class="table">
      <table>
        {block.caption && <caption>{plainOf(block.caption)}</caption>}
        <thead>
          <tr>
            {head.map((cell, at) => (
              <th key={at} scope="col" class={side(at, body[0]?.[at])}>
                <Inside cell={cell} />
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {body.slice(page * size, (page + 1) * size).map((row, n) => (
            <tr key={n}>
              {row.map((cell, at) => (
                <td key={at} class={`${side(at, cell)} ${block.column_settings?.[at]?.is_wrapped ? "wrapped" : ""}`}>
                  <Inside cell={cell} />
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {pages > 1 && (
        <div class="pages">
          <button type="button" class="btn" disabled={page === 0} onClick={() => setPage(page - 1)}>
            Previous
          </button>
          <span>
            Page {page + 1} of {pages}
          </span>
          <button type="button" class="btn" disabled={page + 1 >= pages} onClick={() => setPage(page + 1)}>
            Next
          </button>
        </div>
      )}
    </div>
  );
}
