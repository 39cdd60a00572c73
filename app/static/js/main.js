// Starts the small modules of the frame. All of them listen on the document, so that swapped content needs no wiring.
import "./conditions.js";
import "./combo.js";
import "./dates.js";
import "./dialogs.js";
import "./drops.js";
import "./form.js";
import "./keys.js";
import "./lines.js";
import "./list.js";
import "./tabs.js";
import "./theme.js";
import "./toasts.js";
