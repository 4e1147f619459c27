/** The window starts here. */
import { mount } from "svelte";
import "@xterm/xterm/css/xterm.css";
import "./styles/tokens.css";
import "./styles/base.css";
import App from "./App.svelte";
import { giveStylesTheNonce } from "./terminal/style-nonce.ts";

giveStylesTheNonce();
const target = document.getElementById("app");
if (target === null) throw new Error("index.html has no #app");
mount(App, { target });
