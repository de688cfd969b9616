/** Block Kit: which component shows which block.
 *
 * slack-blocks-to-jsx shows what is only read and has a shape of its own: rich text, markdown, charts, files. It has no way to say that a control was used, so whatever holds controls (actions, input,
 * accessories, cards) is ours. So are mrkdwn (see mrkdwn.ts), images (never fetched from elsewhere), tables (the library
 * decodes their text twice), and what it lacks (data_table).
 */
import type { ComponentType } from "preact";
import type { Block, Element } from "../wire";
import { Picture as PictureIcon } from "../icons";
import { Button, Feedback, Overflow } from "./controls";
import { Choices, Instant, Picker, Select, TextInput } from "./fields";
import { Guard } from "./guard";
import { usePlace, type Control } from "./place";
import { safeImage, safeUrl } from "./safe";
import { Table } from "./table";
import { Plan, TaskCard } from "./tasks";
import { LibraryBlock, plainOf, Words } from "./text";

const CONTROLS: Record<string, ComponentType<Control>> = {
  button: Button,
  workflow_button: Button,
  icon_button: Button,
  feedback_buttons: Feedback,
  overflow: Overflow,
  static_select: Select,
  users_select: Select,
  channels_select: Select,
  conversations_select: Select,
  external_select: Select,
  datepicker: Picker,
  timepicker: Picker,
  datetimepicker: Instant,
  radio_buttons: Choices,
  checkboxes: Choices,
  multi_static_select: Choices,
  multi_users_select: Choices,
  multi_channels_select: Choices,
  multi_conversations_select: Choices,
  plain_text_input: TextInput,
  email_text_input: TextInput,
  url_text_input: TextInput,
  number_input: TextInput,
};

function One(control: Control) {
  if (control.element.type === "image") return <Picture of={control.element} small />;
  const Known = CONTROLS[control.element.type];
  return Known ? (
    <Known {...control} />
  ) : (
    <span class="unknown">(a {control.element.type} this page does not show)</span>
  );
}

function Picture({ of, small = false }: { of: Element; small?: boolean }) {
  const address = safeImage(of.image_url);
  const words = String(of.alt_text ?? "image");
  if (address) return <img class={small ? "picture small" : "picture"} src={address} alt={words} />;
  const outside = safeUrl(of.image_url);
  return (
    <span class={small ? "picture none small" : "picture none"} title={words}>
      <PictureIcon />{" "}
      {!small &&
        (outside ? (
          <a href={outside} target="_blank" rel="noopener noreferrer">
            {words}
          </a>
        ) : (
          words
        ))}
    </span>
  );
}

function Section({ block }: { block: Block }) {
  const wide = ["radio_buttons", "checkboxes"].includes(block.accessory?.type);
  return (
    <div class={`section ${wide ? "wide" : ""}`}>
      <div class="grow">
        {block.text && <Words text={block.text} />}
        {block.fields && (
          <div class="fields">
            {(block.fields as any[]).map((field, at) => (
              <Words key={at} text={field} />
            ))}
          </div>
        )}
      </div>
      {block.accessory && (
        <div class="accessory">
          <One element={block.accessory} block={block} />
        </div>
      )}
    </div>
  );
}

function Input({ block }: { block: Block }) {
  const place = usePlace();
  const element = block.element as Element;
  const id = `${place.id}-${block.block_id}`;
  const error = place.errors[block.block_id ?? ""];
  return (
    <div class={`input ${error ? "wrong" : ""}`}>
      <div class="label" id={`${id}-label`}>
        {plainOf(block.label)}
        {block.optional && <span class="optional"> (optional)</span>}
      </div>
      <One
        element={element}
        block={block}
        silent={!block.dispatch_action}
        labelledBy={`${id}-label`}
        describedBy={`${id}-note`}
      />
      <div id={`${id}-note`}>
        {error && (
          <div class="error" role="alert">
            {error}
          </div>
        )}
        {block.hint && <div class="hint">{plainOf(block.hint)}</div>}
      </div>
    </div>
  );
}

const Card = ({ block }: { block: Block }) => (
  <div class="card">
    {block.hero_image && <Picture of={block.hero_image} />}
    <div class="card-head">
      {block.icon && <Picture of={block.icon} small />}
      <div>
        {block.title && (
          <strong>
            <Words text={block.title} />
          </strong>
        )}
        {block.subtitle && (
          <div class="hint">
            <Words text={block.subtitle} />
          </div>
        )}
      </div>
    </div>
    {block.body && <Words text={block.body} />}
    {block.actions && <Actions block={{ ...block, elements: block.actions }} />}
  </div>
);

const Actions = ({ block }: { block: Block }) => (
  <div class="actions">
    {(block.elements as Element[]).map((element, at) => (
      <One key={element.action_id ?? at} element={element} block={block} />
    ))}
  </div>
);

const Context = ({ block }: { block: Block }) => (
  <div class="context">
    {(block.elements as Element[]).map((element, at) =>
      element.type === "image" ? <Picture key={at} of={element} small /> : <Words key={at} text={element as any} />,
    )}
  </div>
);

const Alert = ({ block }: { block: Block }) => (
  <div class={`alert ${block.level ?? "info"}`} role="status">
    {block.text && <Words text={block.text} />}
  </div>
);

const Header = ({ block }: { block: Block }) => (
  <h3 class={`header level-${block.level ?? 1}`}>{plainOf(block.text)}</h3>
);

const Image = ({ block }: { block: Block }) => (
  <figure class="image">
    {block.title && <figcaption>{plainOf(block.title)}</figcaption>}
    <Picture of={block} />
  </figure>
);

const Nested = ({ block }: { block: Block }) => (
  <div class={block.type === "carousel" ? "carousel" : "container"}>
    {block.title && <strong>{plainOf(block.title)}</strong>}
    <Blocks blocks={(block.elements ?? block.cards ?? block.child_blocks ?? block.blocks ?? []) as Block[]} />
  </div>
);

const BLOCKS: Record<string, ComponentType<{ block: Block }>> = {
  header: Header,
  section: Section,
  actions: Actions,
  context_actions: Actions,
  context: Context,
  input: Input,
  image: Image,
  divider: () => <hr />,
  table: Table,
  data_table: Table,
  card: Card,
  alert: Alert,
  carousel: Nested,
  container: Nested,
  rich_text: LibraryBlock,
  markdown: LibraryBlock,
  plan: Plan,
  task_card: TaskCard,
  data_visualization: LibraryBlock,
  file: LibraryBlock,
};

export function Blocks({ blocks }: { blocks: Block[] }) {
  return (
    <div class="blocks">
      {blocks.map((block, at) => {
        const Known = BLOCKS[block.type];
        return (
          <div class={`block block-${block.type}`} key={block.block_id ?? at} data-block={block.block_id}>
            <Guard of={block.type}>
              {Known ? (
                <Known block={block} />
              ) : (
                <span class="unknown">(a {block.type} block, which this page does not show)</span>
              )}
            </Guard>
          </div>
        );
      })}
    </div>
  );
}
