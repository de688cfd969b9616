/** Starts the page. */
import { render } from "preact";
import "slack-blocks-to-jsx/dist/style.css";
import { App } from "./app";
import "./style/ground.css";
import "./style/sidebar.css";
import "./style/conversation.css";
import "./style/message_menu.css";
import "./style/status_line.css";
import "./style/composer.css";
import "./style/panes.css";
import "./style/blocks.css";
import "./style/tasks.css";
import "./style/controls.css";
import "./style/library.css";
import "./style/narrow.css";

const root = document.getElementById("page");
if (root) render(<App />, root);
