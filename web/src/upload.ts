// A form that sends a file and shows the walk of its batch live.
//
//   <form data-upload data-action="/api/v1/datasets/ID/batches" [data-batch="/api/v1/batches/ID"]>
//     <input type="file" name="file"> and other fields, which go into the query
//     <button type="submit">, <button type="button" data-upload-cancel>
//     <progress data-upload-bar max="100">
//     <p data-upload-message role="status">
//     <li data-step="received|staged|checked|applied|mirrored|scored">
//     <section data-upload-report hidden> with [data-count="read"] …, <tbody data-reasons>
//       in [data-reasons-box] (field titles from <script id="field-titles">; hidden without reasons) and <a data-upload-link> to the batch
//   </form>
//
// Without JavaScript the form posts to its own action as any form does.

import { follow, isOver, isStopped, mayCancel, reached, steps, type Progress, type Reason, type Report } from "./batch";
import { count, language, once, say, token, worded } from "./page";

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
  private unfollow = (): void => {};

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

  private send(): void {
    const file = this.file?.files?.[0];
    if (file === undefined || this.request !== null) {
      return;
    }
    this.unfollow();
    this.reset();
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

    request.open("POST", this.target());
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Content-Type", file.type === "" ? "text/csv" : file.type);
    request.setRequestHeader("Content-Disposition", "attachment; filename*=UTF-8''" + encodeName(file.name));
    request.setRequestHeader("Idempotency-Key", this.key);
    request.setRequestHeader("X-Phohien-Token", token());
    request.send(file);
  }

  /** Where the file goes: data-action, the form's other fields as its query. */
  private target(): string {
    const url = new URL(this.form.dataset["action"] ?? this.form.action, window.location.href);
    for (const [name, value] of new FormData(this.form)) {
      // The token goes into a header: addresses end up in logs.
      if (typeof value === "string" && value !== "" && name !== "token") {
        url.searchParams.set(name, value);
      }
    }
    url.searchParams.set("lang", language());
    return url.href;
  }

  private answered(request: XMLHttpRequest): void {
    this.request = null;
    this.key = newKey();
    const location = request.getResponseHeader("Location");
    if (request.status >= 200 && request.status < 300 && location !== null) {
      this.start(new URL(location, window.location.href).pathname);
      return;
    }
    this.failed(problem(request));
  }

  private start(location: string): void {
    this.location = location;
    this.busy(true);
    this.unfollow = follow(location, (progress) => this.show(progress));
  }

  private show(p: Progress): void {
    this.allowCancel(mayCancel(p));
    this.progress(p.done ?? 0, p.total ?? 0);
    this.step(p);
    if (p.message !== undefined && p.message !== "") {
      this.say(p.message, isStopped(p));
    }
    if (p.report !== undefined && p.report !== null) {
      this.report(p.report);
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
        headers: { "X-Phohien-Token": token(), Accept: "application/json" },
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

  private report(report: Report): void {
    const section = this.form.querySelector<HTMLElement>("[data-upload-report]");
    if (section === null) {
      return;
    }
    for (const element of section.querySelectorAll<HTMLElement>("[data-count]")) {
      const value = report[element.dataset["count"] ?? ""];
      element.textContent = typeof value === "number" ? count(value) : "–";
    }
    const body = section.querySelector<HTMLTableSectionElement>("tbody[data-reasons]");
    const reasons = report.reasons ?? [];
    const titles = fieldTitles(this.form);
    body?.replaceChildren(...reasons.map((reason) => reasonRow(reason, titles)));
    const box = section.querySelector<HTMLElement>("[data-reasons-box]");
    if (box !== null) {
      box.hidden = reasons.length === 0;
    }
    const link = section.querySelector<HTMLAnchorElement>("a[data-upload-link]");
    if (link !== null && typeof report["batch"] === "string") {
      link.href = "/batches/" + encodeURIComponent(report["batch"]);
    }
    section.hidden = false;
  }

  private failed(text: string): void {
    this.request = null;
    this.busy(false);
    this.allowCancel(false);
    this.progress(0, 0);
    this.say(text, true);
  }

  private reset(): void {
    const section = this.form.querySelector<HTMLElement>("[data-upload-report]");
    if (section !== null) {
      section.hidden = true;
    }
    for (const element of this.form.querySelectorAll("[data-step]")) {
      element.classList.remove("done", "active", "stopped");
      element.removeAttribute("aria-current");
    }
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

/** Titles of fields by their names, from <script type="application/json" id="field-titles">. */
function fieldTitles(form: HTMLFormElement): Record<string, string> {
  const text = form.querySelector("script#field-titles")?.textContent ?? "{}";
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Record<string, string>) : {};
  } catch {
    return {};
  }
}

function reasonRow(reason: Reason, titles: Record<string, string>): HTMLTableRowElement {
  const row = document.createElement("tr");
  const message = language() === "en" ? reason.message_en : reason.message_vi;
  const column = reason.column ?? "";
  for (const text of [titles[column] ?? column, message, count(reason.count)]) {
    row.insertCell().textContent = text;
  }
  return row;
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

/** A file's name as RFC 8187 writes it in a header. */
function encodeName(name: string): string {
  return encodeURIComponent(name.normalize("NFC")).replace(/['()*]/g, (c) => "%" + c.charCodeAt(0).toString(16).toUpperCase());
}

function newKey(): string {
  // Not randomUUID: it is missing where a page is not served over HTTPS.
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return [...bytes].map((b) => b.toString(16).padStart(2, "0")).join("");
}
