// A form that sends a file, and the walk of a batch shown live.
//
//   <form data-upload method="post" enctype="multipart/form-data">
//     <input type="file" name="file">, the last of the fields
//     [data-upload-drop] where files can be dropped, [data-upload-name] its name
//     <button type="submit">, <button type="button" data-upload-cancel>
//     <progress data-upload-bar max="100">
//     <p data-upload-message role="status">
//   </form>
//   <form data-upload data-batch="ID"> the same of a batch on its way:
//     <li data-step="received|staged|checked|applied|mirrored|scored">
//
// Without JavaScript the form posts to its own action as any form does. Sent by
// the script it goes to the same place, which then answers with JSON: the page
// of the batch, or what is wrong.

import { follow, isOver, isStopped, mayCancel, reached, steps, type Progress } from "./batch";
import { once, say, token, worded } from "./page";

export function followUploads(root: ParentNode): void {
  for (const form of once<HTMLFormElement>(root, "form[data-upload]")) {
    new Upload(form);
  }
}

class Upload {
  private readonly file: HTMLInputElement | null;
  private readonly submit: HTMLButtonElement | null;
  private readonly cancelButton: HTMLButtonElement | null;
  private readonly bar: HTMLProgressElement | null;
  private request: XMLHttpRequest | null = null;
  private location = "";
  private key = newKey();

  constructor(private readonly form: HTMLFormElement) {
    this.file = form.querySelector('input[type="file"]');
    this.submit = form.querySelector('button[type="submit"]');
    this.cancelButton = form.querySelector("[data-upload-cancel]");
    this.bar = form.querySelector("[data-upload-bar]");

    form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.send();
    });
    this.file?.addEventListener("change", () => {
      this.key = newKey();
      this.nameFile();
    });
    this.nameFile();
    this.takeDrops();
    this.cancelButton?.addEventListener("click", () => void this.cancel());
    this.allowCancel(false);

    const batch = form.dataset["batch"] ?? "";
    if (batch !== "") {
      this.start(batch.startsWith("/") ? batch : "/api/v1/batches/" + encodeURIComponent(batch));
    }
  }

  /** The browser words its own file field in its own language; ours is beside it. */
  private nameFile(): void {
    const place = this.form.querySelector<HTMLElement>("[data-upload-name]");
    const file = this.file?.files?.[0];
    if (place !== null && file !== undefined) {
      place.textContent = file.name;
    }
  }

  /** A file may be dropped anywhere on the form's card, not only on the field. */
  private takeDrops(): void {
    const box = this.form.querySelector<HTMLElement>("[data-upload-drop]");
    const field = this.file;
    const card = this.form.closest<HTMLElement>(".card") ?? this.form;
    if (box === null || field === null) {
      return;
    }
    const carriesFile = (event: DragEvent): boolean => event.dataTransfer?.types.includes("Files") ?? false;
    card.addEventListener("dragover", (event) => {
      if (carriesFile(event) && this.request === null) {
        event.preventDefault();
        box.classList.add("over");
      }
    });
    card.addEventListener("dragleave", (event) => {
      if (!(event.relatedTarget instanceof Node) || !card.contains(event.relatedTarget)) {
        box.classList.remove("over");
      }
    });
    card.addEventListener("drop", (event) => {
      box.classList.remove("over");
      if (!carriesFile(event) || this.request !== null) {
        return;
      }
      event.preventDefault();
      const files = event.dataTransfer?.files;
      if (files === undefined || files.length === 0) {
        return;
      }
      if (files.length > 1) {
        this.say(say(
          "Mỗi lần gửi một tệp. Nhiều tệp: nén thành một tệp .zip, hoặc gửi lần lượt.",
          "One file at a time. Pack several into one .zip, or send them one by one.",
        ), true);
        return;
      }
      this.say("");
      field.files = files;
      field.dispatchEvent(new Event("change"));
    });
  }

  private send(): void {
    const file = this.file?.files?.[0];
    if (file === undefined || this.request !== null) {
      return;
    }
    const request = new XMLHttpRequest();
    this.request = request;
    this.busy(true);
    this.allowCancel(true);
    this.say(say("Đang gửi tệp…", "Sending the file…"));

    request.upload.onprogress = (event) => {
      if (event.lengthComputable) {
        this.progress(event.loaded, event.total);
      }
    };
    request.onload = () => this.answered(request);
    request.onerror = () => {
      // The key stays: sending again is then the same batch, not a second one.
      this.failed(say(
        "Mất kết nối khi gửi tệp. Có thể gửi lại: tệp đã nhận sẽ không bị ghi hai lần.",
        "The connection broke while sending. It is safe to send again: a file already received is not written twice.",
      ));
    };
    request.onabort = () => {
      this.key = newKey();
      this.failed(say("Đã hủy việc gửi. Chưa có dữ liệu nào được ghi.", "Sending was cancelled. Nothing was written."));
    };

    request.open("POST", this.form.action);
    request.setRequestHeader("Accept", "application/json");
    request.send(this.fields(file));
  }

  /** What the form holds, the file last: the server hands it on while it comes. */
  private fields(file: File): FormData {
    const all = new FormData();
    for (const [name, value] of new FormData(this.form)) {
      if (typeof value === "string") {
        all.append(name, value);
      }
    }
    all.append("key", this.key);
    all.append("file", file, file.name.normalize("NFC"));
    return all;
  }

  private answered(request: XMLHttpRequest): void {
    const page = pageOf(request);
    if (page !== "") {
      this.say(say("Đã tiếp nhận tệp. Đang mở trang của đợt gửi…", "The file has arrived. Opening the page of the batch…"));
      this.allowCancel(false);
      window.location.assign(page);
      return;
    }
    this.key = newKey();
    this.failed(problem(request));
  }

  private start(location: string): void {
    this.location = location;
    this.busy(true);
    follow(location, (progress) => this.show(progress));
  }

  private show(p: Progress): void {
    this.allowCancel(mayCancel(p));
    this.progress(p.done ?? 0, p.total ?? 0);
    this.step(p);
    if (p.message !== undefined && p.message !== "") {
      this.say(p.message, isStopped(p));
    }
    if (isOver(p)) {
      this.busy(false);
      this.location = "";
      // Parts of the page refresh with hx-trigger="phohien:batch from:body".
      document.body.dispatchEvent(new CustomEvent("phohien:batch", { detail: p }));
    }
  }

  private step(p: Progress): void {
    const at = reached(p);
    // All is behind a batch that ended well, whatever stage it said last.
    const all = isOver(p) && !isStopped(p);
    for (const element of this.form.querySelectorAll<HTMLElement>("[data-step]")) {
      const index = steps.findIndex((name) => name === element.dataset["step"]);
      const now = !all && index === at;
      element.classList.toggle("done", all || (at >= 0 && index < at));
      element.classList.toggle("active", now && !isStopped(p));
      element.classList.toggle("stopped", now && isStopped(p));
      if (now) {
        element.setAttribute("aria-current", "step");
      } else {
        element.removeAttribute("aria-current");
      }
    }
  }

  private async cancel(): Promise<void> {
    if (this.request !== null) {
      this.request.abort();
      return;
    }
    if (this.location === "") {
      return;
    }
    this.allowCancel(false);
    try {
      const answer = await fetch(worded(this.location + "/cancel"), {
        method: "POST",
        headers: { "X-Phohien-Form": token(), Accept: "application/json" },
      });
      if (!answer.ok) {
        this.say(say(
          "Không hủy được: dữ liệu đã bắt đầu được ghi. Sau khi xong có thể hoàn tác cả đợt.",
          "Too late to cancel: writing has begun. The whole batch can be undone once it is done.",
        ), true);
      }
    } catch {
      this.say(say("Không liên lạc được với máy chủ.", "The server cannot be reached."), true);
    }
  }

  private failed(text: string): void {
    this.request = null;
    this.busy(false);
    this.allowCancel(false);
    this.progress(0, 0);
    this.say(text, true);
  }

  private say(text: string, bad = false): void {
    const place = this.form.querySelector<HTMLElement>("[data-upload-message]");
    if (place !== null && place.textContent !== text) {
      place.textContent = text;
    }
    place?.classList.toggle("bad", bad);
  }

  private progress(done: number, total: number): void {
    if (this.bar === null) {
      return;
    }
    this.bar.hidden = total <= 0;
    this.bar.value = total > 0 ? Math.min(100, (100 * done) / total) : 0;
  }

  private busy(on: boolean): void {
    this.form.setAttribute("aria-busy", String(on));
    if (this.submit !== null) {
      this.submit.disabled = on;
    }
  }

  private allowCancel(on: boolean): void {
    if (this.cancelButton !== null) {
      this.cancelButton.disabled = !on;
    }
  }
}

/** Where the server says the batch is, "" when it took none. */
function pageOf(request: XMLHttpRequest): string {
  if (request.status < 200 || request.status >= 300) {
    return "";
  }
  try {
    const body: unknown = JSON.parse(request.responseText);
    const to = typeof body === "object" && body !== null ? (body as { location?: unknown }).location : undefined;
    return typeof to === "string" && /^\/[^/\\]/.test(to) ? to : "";
  } catch {
    return "";
  }
}

/** The sentence of an RFC 9457 answer, or one of ours. */
function problem(request: XMLHttpRequest): string {
  try {
    const body: unknown = JSON.parse(request.responseText);
    if (typeof body === "object" && body !== null) {
      const { detail, title } = body as { detail?: unknown; title?: unknown };
      const text = detail ?? title;
      if (typeof text === "string" && text !== "") {
        return text;
      }
    }
  } catch {
    // Not JSON: a proxy's page, for example. The status is all there is to say.
  }
  return say("Máy chủ không nhận tệp (mã ", "The server did not take the file (status ") + request.status + ").";
}

function newKey(): string {
  // Not randomUUID: it is missing where a page is not served over HTTPS.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
}
