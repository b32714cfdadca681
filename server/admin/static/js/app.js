// The console's own behaviour; everything listens on the document, so swapped-in parts need no setting up.
import "./charts.js";
import "./countdown.js";
import "./dialogs.js";
import "./keyboard.js";
import "./lists.js";
import "./shell.js";
import "./signpad.js";
import "./toasts.js";
