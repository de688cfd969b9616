/** Stands where slack-blocks-to-jsx expects node-emoji: always answers from the library's own table. */
export const emojify = (shortcode: string, options: { fallback: (name: string) => string }): string =>
  options.fallback(shortcode.replaceAll(/^:|:$/g, "").replace(/::skin-tone-[2-6]$/, ""));
