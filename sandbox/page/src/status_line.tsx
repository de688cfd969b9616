/** What the app is doing in a conversation or a thread, and Slack's own button to stop it. */
import { useEffect, useState } from "preact/hooks";
import { whereOf } from "./model";
import { useHands, useModel } from "./sandbox";

export function StatusLine({ thread }: { thread: string | null }) {
  const model = useModel();
  const hands = useHands();
  const [stopping, setStopping] = useState(false);
  const { state, channel } = model;
  const where = whereOf(channel ?? "", thread);
  const words = model.status[where];
  const working = model.sessions[where]?.status === "processing";
  const stoppable = working && state?.can_stop;
  useEffect(() => setStopping(false), [where, working]);
  return (
    <div class="status" role="status">
      {(words || working) && (
        <>
          <span class="dots" aria-hidden="true">
            <i />
            <i />
            <i />
          </span>
          <span class="doing">
            <b>{state?.app.name}</b> {words || "is working…"}
          </span>
        </>
      )}
      {stoppable && (
        <button
          type="button"
          class="btn stop"
          aria-disabled={stopping}
          onClick={() => {
            if (stopping) return;
            setStopping(true);
            void hands.stop(thread).then((told) => told || setStopping(false));
          }}
        >
          <span class="square" aria-hidden="true" />
          {stopping ? "Stopping…" : "Stop"}
        </button>
      )}
    </div>
  );
}
