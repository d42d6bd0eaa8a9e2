// A form that is not lost where there is no network: what was written is kept on the
// device and sent when the network is back. The server tells whether a line has moved
// meanwhile; here nothing is decided.
//
//   <form data-keep="who address" method="post">
//     <input name="token"> <input name="at">
//     [data-kept] says what is kept and why, in the words of its data-offline,
//     data-sign-in, data-mend, data-full
//   </form>
//
// What is kept bears the name of who wrote it: another person at the same device
// neither sees nor sends it.

import { once } from "./page";

const prefix = "phohien.kept ";
/** How often the network is tried again when no event says that it is back. */
const again = 30_000;

export function keepForms(root: ParentNode): void {
  for (const form of once<HTMLFormElement>(root, "form[data-keep]")) {
    new Keeper(form);
  }
}

class Keeper {
  private readonly key: string;
  private readonly told: HTMLElement | null;
  private sending = false;

  constructor(private readonly form: HTMLFormElement) {
    this.key = prefix + (form.dataset["keep"] ?? "");
    this.told = form.querySelector<HTMLElement>("[data-kept]");
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.save();
    });
    addEventListener("online", () => void this.flush());
    setInterval(() => void this.flush(), again);
    void this.flush();
  }

  private async save(): Promise<void> {
    if (this.sending) {
      return;
    }
    const at = this.form.querySelector<HTMLInputElement>("input[name=at]");
    if (at !== null) {
      at.value = new Date().toISOString();
    }
    const body = this.body(new FormData(this.form));
    let answer: Response;
    this.sending = true;
    try {
      answer = await this.send(body);
    } catch {
      this.keep(body);
      return;
    } finally {
      this.sending = false;
    }
    if (answer.redirected && answer.ok) {
      this.forget();
      location.assign(answer.url);
      return;
    }
    if (answer.status === 401 || answer.status === 403) {
      this.keep(body);
      this.say("signIn");
      return;
    }
    // Something is to be mended: the page that says what comes of the same form, which
    // may be sent twice.
    this.forget();
    this.form.submit();
  }

  /** Sends what is kept, if anything is. */
  private async flush(): Promise<void> {
    const kept = this.kept();
    if (kept === null || this.sending) {
      return;
    }
    this.say("offline");
    const body = new URLSearchParams(kept);
    body.set("token", this.form.querySelector<HTMLInputElement>("input[name=token]")?.value ?? "");
    let answer: Response;
    this.sending = true;
    try {
      answer = await this.send(body);
    } catch {
      return; // still no network
    } finally {
      this.sending = false;
    }
    if (answer.redirected && answer.ok) {
      this.forget();
      location.assign(answer.url);
    } else if (answer.status === 401 || answer.status === 403) {
      this.say("signIn");
    } else {
      this.retype(body);
      this.forget();
      this.say("mend");
    }
  }

  private send(body: URLSearchParams): Promise<Response> {
    return fetch(this.form.action, { method: "POST", body, headers: { Accept: "text/html" } });
  }

  private body(data: FormData): URLSearchParams {
    const body = new URLSearchParams();
    for (const [name, value] of data) {
      if (typeof value === "string") {
        body.append(name, value);
      }
    }
    return body;
  }

  /** Puts what was written into the fields of the same lines. */
  private retype(body: URLSearchParams): void {
    const places = new Map<string, string>();
    for (const input of this.form.querySelectorAll<HTMLInputElement>('input[name$="-ref"]')) {
      places.set(input.value, input.name.slice(0, -"-ref".length));
    }
    for (const [name, value] of body) {
      const dash = name.indexOf("-");
      const place = places.get(body.get(name.slice(0, dash) + "-ref") ?? "");
      const field = name.slice(dash + 1);
      if (dash < 0 || place === undefined || field === "ref" || field === "base") {
        continue;
      }
      const input = this.form.elements.namedItem(`${place}-${field}`);
      if (input instanceof HTMLInputElement && input.type === "checkbox") {
        input.checked = value !== "";
      } else if (input instanceof HTMLInputElement || input instanceof HTMLTextAreaElement) {
        input.value = value;
      }
    }
  }

  private keep(body: URLSearchParams): void {
    body.delete("token");
    try {
      localStorage.setItem(this.key, body.toString());
      this.say("offline");
    } catch {
      this.say("full");
    }
  }

  private kept(): string | null {
    try {
      return localStorage.getItem(this.key);
    } catch {
      return null; // a browser that keeps nothing
    }
  }

  private forget(): void {
    try {
      localStorage.removeItem(this.key);
    } catch {
      // a browser that keeps nothing has nothing to forget
    }
  }

  private say(what: "offline" | "signIn" | "mend" | "full"): void {
    if (this.told !== null) {
      this.told.textContent = this.told.dataset[what] ?? "";
      this.told.hidden = false;
    }
  }
}
