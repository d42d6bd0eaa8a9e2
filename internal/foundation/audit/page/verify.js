"use strict";
// Verifies a receipt of the audit log: see docs/audit.md for what is signed.
// Every check is made, so that the answer says exactly what does not match.
const utf8 = new TextEncoder();

function say(vi, en) { return { vi, en }; }

class Mismatch extends Error {
  constructor(vi, en) { super(vi); this.text = say(vi, en); }
}

// base64 takes one spelling only: what it reads it must write the same.
function base64(text, length) {
  let raw;
  try { raw = atob(text); } catch { raw = null; }
  if (raw === null || btoa(raw) !== text || (length !== undefined && raw.length !== length)) throw new Error("base64");
  return Uint8Array.from(raw, (c) => c.charCodeAt(0));
}

function join(...parts) {
  const all = new Uint8Array(parts.reduce((n, p) => n + p.length, 0));
  let at = 0;
  for (const p of parts) { all.set(p, at); at += p.length; }
  return all;
}

function same(a, b) { return a.length === b.length && a.every((x, i) => x === b[i]); }

async function sha256(...parts) { return new Uint8Array(await crypto.subtle.digest("SHA-256", join(...parts))); }

function hex(bytes) { return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join(""); }

function baseOrigin(name) { return name.replace(/\/([2-9]|[1-9][0-9]{1,8})$/, ""); }

async function keyHash(name, key) { return (await sha256(utf8.encode(name + "\n"), key)).slice(0, 4); }

// readKey takes <name>+<key id>+<base64>.
async function readKey(text) {
  const parts = text.trim().split("+");
  const bad = () => new Mismatch("Khóa kiểm chứng không đúng dạng. Dán cả dòng do lệnh phohien audit key in ra.",
    "This is not a verifier key. Paste the whole line that phohien audit key prints.");
  if (parts.length < 3) throw bad();
  const name = parts[0], id = parts[1];
  let key;
  try { key = base64(parts.slice(2).join("+"), 33); } catch { throw bad(); }
  if (name === "" || key[0] !== 1 || hex(await keyHash(name, key)) !== id) throw bad();
  return { origin: baseOrigin(name), key };
}

function readReceipt(text) {
  const bad = (why) => new Mismatch("Biên nhận không đúng dạng: " + why + ".", "This is not a receipt: " + why + ".");
  let r;
  try { r = JSON.parse(text); } catch { throw bad("JSON"); }
  if (r === null || typeof r !== "object" || r.format !== "phohien-audit-receipt/1") throw bad("format");
  if (!Number.isSafeInteger(r.index) || r.index < 0) throw bad("index");
  for (const name of ["key_id", "leaf", "checkpoint"]) if (typeof r[name] !== "string") throw bad(name);
  if (!Array.isArray(r.proof) || !r.proof.every((p) => typeof p === "string")) throw bad("proof");
  if (!r.erased && (typeof r.payload !== "string" || typeof r.salt !== "string")) throw bad("payload, salt");
  try { r.leafBytes = base64(r.leaf, 45); } catch { throw bad("leaf"); }
  try { r.path = r.proof.map((p) => base64(p, 32)); } catch { throw bad("proof"); }
  if (!r.erased) try { r.saltBytes = base64(r.salt, 32); } catch { throw bad("salt"); }
  if (r.leafBytes[0] !== 1) throw bad("leaf");
  return r;
}

function readCheckpoint(text) {
  const m = /^([^\n]+)\n(0|[1-9][0-9]{0,15})\n([A-Za-z0-9+/]{43}=)\n\n— ([^\n ]+) ([A-Za-z0-9+/]+=*)\n$/.exec(text);
  const bad = () => new Mismatch("Điểm kiểm trong biên nhận không đúng dạng.", "The checkpoint in the receipt is malformed.");
  if (m === null || m[1] !== m[4]) throw bad();
  try {
    return { origin: m[1], size: Number(m[2]), root: base64(m[3], 32), signature: base64(m[5], 68), text: m[1] + "\n" + m[2] + "\n" + m[3] + "\n" };
  } catch { throw bad(); }
}

// rootFrom climbs from a leaf to the root of the tree (RFC 6962, 2.1.1; the
// loop of RFC 9162, 2.1.3.2). null: the path has not the right length.
async function rootFrom(leaf, index, size, path) {
  let fn = BigInt(index), sn = BigInt(size) - 1n;
  let hash = await sha256(Uint8Array.of(0), leaf);
  for (const p of path) {
    if (sn === 0n) return null;
    if ((fn & 1n) === 1n || fn === sn) {
      hash = await sha256(Uint8Array.of(1), p, hash);
      while ((fn & 1n) === 0n && fn !== 0n) { fn >>= 1n; sn >>= 1n; }
    } else {
      hash = await sha256(Uint8Array.of(1), hash, p);
    }
    fn >>= 1n; sn >>= 1n;
  }
  return sn === 0n ? hash : null;
}

async function hmac(key, text) {
  const k = await crypto.subtle.importKey("raw", key, { name: "HMAC", hash: "SHA-256" }, false, ["sign"]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", k, text));
}

// time reads the microseconds in a leaf as the payload writes them.
function leafTime(leaf) {
  const us = new DataView(leaf.buffer, leaf.byteOffset).getBigInt64(5);
  return new Date(Number(us / 1000n)).toISOString().slice(0, 19) + "." + String(us % 1000000n).padStart(6, "0") + "Z";
}

// verify makes each check on its own.
async function verify(keyText, receiptText) {
  const checks = [];
  const add = (ok, vi, en) => checks.push({ ok, text: say(vi, en) });
  const key = await readKey(keyText);
  const r = readReceipt(receiptText);
  const c = readCheckpoint(r.checkpoint);
  const id = await keyHash(c.origin, key.key);
  const named = baseOrigin(c.origin) === key.origin && same(c.signature.slice(0, 4), id) && r.key_id === c.origin + "+" + hex(id);
  add(named, named ? "Điểm kiểm thuộc nhật ký và khóa đã nêu." : "Điểm kiểm không thuộc nhật ký hoặc khóa đã nêu (key_id, tên nhật ký).",
    named ? "The checkpoint belongs to the log and key given." : "The checkpoint does not belong to the log or key given (key_id, name of the log).");
  const pub = await crypto.subtle.importKey("raw", key.key.slice(1), { name: "Ed25519" }, false, ["verify"]);
  const signed = await crypto.subtle.verify({ name: "Ed25519" }, pub, c.signature.slice(4), utf8.encode(c.text));
  add(signed, signed ? "Chữ ký của điểm kiểm đúng." : "Chữ ký của điểm kiểm sai: điểm kiểm đã bị sửa, hoặc ký bằng khóa khác.",
    signed ? "The checkpoint's signature is right." : "The checkpoint's signature is wrong: it was changed, or signed with another key.");
  const root = r.index < c.size ? await rootFrom(r.leafBytes, r.index, c.size, r.path) : null;
  const inTree = root !== null && same(root, c.root);
  add(inTree, inTree ? "Lá nằm trong cây đã ký, ở đúng số thứ tự." : "Lá không nằm trong cây đã ký: số thứ tự (index), lá (leaf) hoặc đường dẫn (proof) đã bị sửa.",
    inTree ? "The leaf stands in the signed tree at this index." : "The leaf is not in the signed tree: index, leaf or proof was changed.");
  let entry = null;
  if (r.erased) {
    const empty = !r.payload && !r.salt;
    add(empty, empty ? "Nội dung đã được xóa theo quy định; biên nhận chỉ chứng minh từng có mục này." : "Biên nhận ghi là đã xóa mà vẫn có nội dung.",
      empty ? "The content was erased; the receipt proves only that there was an entry." : "The receipt says erased, and yet has content.");
  } else {
    const mac = same(await hmac(r.saltBytes, utf8.encode(r.payload)), r.leafBytes.slice(13));
    add(mac, mac ? "Nội dung khớp với lá." : "Nội dung (payload) hoặc muối (salt) không khớp với lá: đã bị sửa.",
      mac ? "The content matches the leaf." : "Content (payload) or salt does not match the leaf: it was changed.");
    try { entry = JSON.parse(r.payload); } catch { entry = null; }
    const timed = entry !== null && entry.time_utc === leafTime(r.leafBytes);
    add(timed, timed ? "Thời điểm trong nội dung khớp với lá." : "Thời điểm trong nội dung không khớp với lá.",
      timed ? "The time in the content matches the leaf." : "The time in the content does not match the leaf.");
  }
  return { ok: checks.every((x) => x.ok), checks, receipt: r, checkpoint: c, entry };
}

const shown = [
  ["time_vn", "Thời điểm (UTC+7)", "Time"], ["time_utc", "Thời điểm (UTC)", "Time, UTC"], ["actor", "Người thực hiện", "Actor"],
  ["actor_agency", "Cơ quan", "Agency"], ["real_ip", "Địa chỉ IP", "Address"], ["dest", "Nơi yêu cầu", "Door"], ["action", "Hành động", "Action"],
  ["object", "Đối tượng", "Object"], ["purpose", "Mục đích", "Purpose"], ["basis", "Căn cứ", "Basis"], ["result", "Kết quả", "Result"],
  ["why", "Lý do", "Reason"], ["trace_id", "Mã vết", "Trace"], ["clock", "Đồng hồ", "Clock"], ["detail", "Chi tiết", "Detail"],
];

function element(name, text, className) {
  const e = document.createElement(name);
  if (text !== undefined) e.textContent = text;
  if (className) e.className = className;
  return e;
}

function bilingual(name, text, className) {
  const e = element(name, text.vi + " ", className);
  const en = element("span", text.en);
  en.lang = "en";
  e.append(en);
  return e;
}

function asText(v) { return v !== null && typeof v === "object" ? JSON.stringify(v) : String(v); }

function row(table, vi, en, value) {
  const tr = element("tr");
  const th = bilingual("th", say(vi, "/ " + en));
  th.scope = "row";
  tr.append(th, element("td", value));
  table.append(tr);
}

function show(v) {
  const out = document.getElementById("result");
  out.className = v.ok ? "good" : "bad";
  const title = v.ok ? say("ĐÚNG: biên nhận hợp lệ", "/ VERIFIED") : say("KHÔNG KHỚP: biên nhận không hợp lệ", "/ NOT VERIFIED");
  const list = element("ul");
  for (const c of v.checks) list.append(bilingual("li", c.text, c.ok ? "good" : "bad"));
  out.replaceChildren(bilingual("h2", title), list);
  if (!v.ok) return; // what is not proved is not shown
  const table = element("table");
  row(table, "Số thứ tự", "Index", String(v.receipt.index));
  row(table, "Nhật ký", "Log", v.checkpoint.origin + " (" + v.checkpoint.size + ")");
  if (v.entry === null) row(table, "Thời điểm (UTC)", "Time", leafTime(v.receipt.leafBytes));
  else for (const [name, vi, en] of shown) if (name in v.entry) row(table, vi, en, asText(v.entry[name]));
  out.append(table);
}

function fail(err) {
  const text = err instanceof Mismatch ? err.text
    : say("Trình duyệt không kiểm tra được (" + err.name + "). Dùng trình duyệt mới hơn có Ed25519.", "This browser cannot verify. Use a newer one with Ed25519.");
  show({ ok: false, checks: [{ ok: false, text }] });
}

document.getElementById("file").addEventListener("change", async (e) => {
  const file = e.target.files[0];
  if (file) document.getElementById("receipt").value = await file.text();
});

document.getElementById("form").addEventListener("submit", async (e) => {
  e.preventDefault();
  const out = document.getElementById("result");
  out.className = "";
  out.replaceChildren();
  try {
    show(await verify(document.getElementById("key").value, document.getElementById("receipt").value));
  } catch (err) {
    fail(err);
  }
});
