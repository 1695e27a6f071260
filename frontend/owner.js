/** What the holder of a key may do with the image in the lightbox: say other things of it, delete it. */

import * as api from "./api.js";
import { announce, byId } from "./dom.js";
import { titleOf } from "./format.js";
import { keyring } from "./key.js";
import { KeyMissing, withKey } from "./keydialog.js";

const form = byId("edit-form");
const fields = { caption: byId("edit-caption"), album: byId("edit-album"), tags: byId("edit-tags") };
const confirmation = byId("delete-confirm");
const actions = byId("lightbox-actions");
const edit = byId("edit");
const remove = byId("delete");
const message = byId("lightbox-message");

/** Connect the buttons. `onChange(image)` and `onDelete(image)` hear of what was done. */
export function setUpOwner({ onChange, onDelete }) {
  let image = null;
  let before = {};

  /** Show the buttons, and nothing half done. */
  function show(next = image) {
    image = next;
    form.hidden = confirmation.hidden = true;
    actions.hidden = false;
    edit.hidden = remove.hidden = !keyring.key;
  }

  function begin(panel, focused) {
    message.textContent = "";
    panel.hidden = false;
    actions.hidden = true;
    focused.focus();
  }

  function cancel() {
    const button = form.hidden ? remove : edit;
    show();
    button.focus();
  }

  async function save() {
    // The rest stays as it is, whoever may have changed it meanwhile.
    const wanted = Object.fromEntries(Object.entries(written()).filter(([name, text]) => text !== before[name]));
    const changed = await attempt(form, (key) => api.update(image.id, wanted, key));
    if (!changed) return;
    onChange(changed);
    edit.focus();
  }

  async function destroy() {
    const gone = await attempt(confirmation, async (key) => {
      await api.remove(image.id, key).catch(unlessGone);
      return image;
    });
    if (!gone) return;
    onDelete(gone);
    announce(`Deleted: ${titleOf(gone)}`);
  }

  edit.addEventListener("click", () => {
    fields.caption.value = image.caption ?? "";
    fields.album.value = image.album ?? "";
    fields.tags.value = image.tags.join(", ");
    before = written();
    begin(form, fields.caption);
  });
  remove.addEventListener("click", () => begin(confirmation, byId("delete-no")));
  for (const each of ["edit-cancel", "delete-no"]) byId(each).addEventListener("click", cancel);
  byId("delete-yes").addEventListener("click", destroy);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    save();
  });

  keyring.addEventListener("change", () => {
    if (image && actions.hidden === false) show();
  });

  return { show, cancel, isBusy: () => actions.hidden };
}

/** What the form holds. */
const written = () =>
  Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, field.value.trim() || null]));

/** The result of `action(key)`; undefined when it failed, which is then said in the lightbox. */
async function attempt(panel, action) {
  message.textContent = "";
  panel.inert = true;
  try {
    return await withKey(action);
  } catch (error) {
    if (!(error instanceof KeyMissing)) message.textContent = error.message;
    return undefined;
  } finally {
    panel.inert = false;
  }
}

/** Somebody else deleted it first: that is as good. */
function unlessGone(error) {
  if (error.status !== 404) throw error;
}
