/** The page's own few icons, drawn, so that no font and no picture is needed. */
const drawn =
  (paths: string) =>
  ({ size = 16 }: { size?: number }) => (
    <svg
      viewBox="0 0 20 20"
      width={size}
      height={size}
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
    >
      <path d={paths} />
    </svg>
  );

export const Eye = drawn(
  "M1.8 10S4.8 4.3 10 4.3 18.2 10 18.2 10 15.2 15.7 10 15.7 1.8 10 1.8 10zM10 12.6a2.6 2.6 0 1 0 0-5.2 2.6 2.6 0 0 0 0 5.2z",
);
export const Bubble = drawn("M3 4.5h14v9.5H9l-4 3.2V14H3zM6.5 8h7M6.5 10.7h4.5");
export const ThumbUp = drawn(
  "M6 9v8H3V9zM6 9l3.5-6.5c1.5 0 2.2 1.2 1.8 2.6L10.7 7.5H16c1 0 1.7.9 1.4 1.9l-1.7 6.1c-.2.9-1 1.5-1.9 1.5H6",
);
export const ThumbDown = drawn(
  "M6 11V3H3v8zM6 11l3.5 6.5c1.5 0 2.2-1.2 1.8-2.6l-.6-2.4H16c1 0 1.7-.9 1.4-1.9l-1.7-6.1C15.5 3.6 14.7 3 13.8 3H6",
);
export const Gear = drawn(
  "M10 12.8a2.8 2.8 0 1 0 0-5.6 2.8 2.8 0 0 0 0 5.6zM10 2v2.2M10 15.8V18M18 10h-2.2M4.2 10H2M15.7 4.3l-1.6 1.6M5.9 14.1l-1.6 1.6M15.7 15.7l-1.6-1.6M5.9 5.9 4.3 4.3",
);
export const Menu = drawn("M3 5.5h14M3 10h14M3 14.5h14");
export const Picture = drawn("M3 4h14v12H3zM3 13l4-4 4 4 2.5-2.5L17 14M13 7.5h.01");
export const Dots = ({ size = 16 }: { size?: number }) => (
  <svg viewBox="0 0 20 20" width={size} height={size} fill="currentColor" aria-hidden="true">
    <circle cx="4.5" cy="10" r="1.6" />
    <circle cx="10" cy="10" r="1.6" />
    <circle cx="15.5" cy="10" r="1.6" />
  </svg>
);
export const Lock = drawn("M5 9h10v7.5H5zM7 9V6.5a3 3 0 0 1 6 0V9");
