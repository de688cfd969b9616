/** The live line from the server: every push is told, and what was missed while it was down is read again. */
import type { Change } from "./model";
import { query, type Push } from "./wire";

export function listen(
  user: string,
  tell: (by: Change) => void,
  reads: (channel: string) => boolean,
  again: () => void,
): () => void {
  let socket: WebSocket;
  let ended = false;
  let tries = 0;
  const open = () => {
    const address = new URL(`_page/ws?${query({ user })}`, location.href);
    address.protocol = address.protocol.replace("http", "ws");
    socket = new WebSocket(address);
    socket.onopen = () => {
      tell({ type: "live", live: true });
      if (tries > 0) again();
      tries = 0;
    };
    socket.onmessage = (event) => {
      const push = JSON.parse(event.data) as Push;
      tell({ type: "push", push, at: Date.now() });
      if (push.type === "declared") again();
      if (push.type === "message" && reads(push.channel)) socket.send(JSON.stringify({ read: push.channel }));
    };
    socket.onclose = () => {
      if (ended) return;
      tell({ type: "live", live: false });
      tries += 1;
      setTimeout(() => !ended && open(), Math.min(5000, 300 * 2 ** tries));
    };
  };
  open();
  return () => {
    ended = true;
    socket.close();
  };
}
