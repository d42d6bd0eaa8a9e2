// Package deadline runs the clocks of duties: how long somebody has to do what a
// rule demands, how much of that time is gone, and who is told of it when.
//
// A [Clock] says what follows what, how long it may take and where that is
// written. It is a row with versions: an administrator or a pack adds a new one
// with who and why, and a deadline that runs keeps the version under which it was
// started. A [Deadline] belongs to something (its subject) and to an organisation
// that owes it. It is started, paused, resumed, moved, done or cancelled inside
// the caller's own transaction, so that a thing and its clock are written
// together; each of these steps is kept with who, when and why.
//
// How time is counted:
//
//   - Working days (wd) by the calendar of working days and the office's hours.
//     What arrives after the cut-off, or on a day off, counts as received on the
//     next working day. That day is not counted itself; the limit ends when the
//     office closes on the last day. Civil Code 91/2015/QH13, article 147, and
//     article 148 for what arrives late; closing time, not midnight, because
//     nobody receives anything later.
//   - Hours (h) from the very moment, through nights and holidays.
//   - Days, months and years by the calendar, to closing time of the last day. One
//     that is a day off moves to the next working day (article 148, clause 5),
//     where the clock gives so much time after something; what has to come before,
//     or comes round again and again, is not moved.
//   - Fixed days ("31/12/2026", "15/12", "15") as they are written; "before" a day
//     ends when the office closes on the day before.
//
// A year of which the calendar has no days is the fault "deadline.year": nothing
// is guessed.
//
// [Store.Tick] hands each deadline of which 50, 80 or 100 % of the time are gone to
// a [Notifier], once each, and marks those that are breached.
package deadline
