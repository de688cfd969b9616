/** A face for everybody, made of initials and a colour that follows from the id. No picture is fetched. */
const COLOURS = ["#7c5295", "#2f7d6b", "#a8552d", "#2d6a9f", "#8a6d1b", "#a33f5f", "#4f6d2f", "#5a5fa8"];

export function Avatar({ id, name, size = 36 }: { id: string; name: string; size?: number }) {
  const sum = [...id].reduce((total, letter) => total * 31 + letter.charCodeAt(0), 7) >>> 0;
  const initials = name
    .split(/\s+/)
    .filter((part) => /^\p{L}/u.test(part))
    .slice(0, 2)
    .map((part) => part[0])
    .join("")
    .toUpperCase();
  return (
    <span
      class="avatar"
      aria-hidden="true"
      style={{ width: size, height: size, fontSize: size * 0.4, background: COLOURS[sum % COLOURS.length] }}
    >
      {initials || "?"}
    </span>
  );
}

/** The app's own mark: an open book with the sun over it. */
export const AppAvatar = ({ size = 36 }: { size?: number }) => (
  <svg class="avatar app" viewBox="0 0 36 36" width={size} height={size} aria-hidden="true">
    <rect width="36" height="36" rx="8" fill="#f4b942" />
    <circle cx="18" cy="14" r="5" fill="#fff6dd" />
    <path
      d="M6 17c4-1.6 8.5-1.2 12 1.6 3.5-2.8 8-3.2 12-1.600v11c-4-1.5-8.5-1.1-12 1.5-3.5-2.6-8-3-12-1.500z"
      fill="#3b2453"
    />
    <path d="M18 19v10" stroke="#f4b942" stroke-width="1.2" />
  </svg>
);
