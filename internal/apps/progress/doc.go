// Package progress keeps what units report on the tasks and targets of plans, month by
// month, and what of it counts.
//
// A period is a month with the agency that coordinates and the day on which figures
// are cut. Opening it hands out items: each stands as a line in the sheet of every
// unit that leads it. A unit's people save words to lines, somebody sends the sheet,
// the unit's head approves it or sends it back; what is approved counts. Closing
// (chốt số liệu) writes a snapshot that a chain of hashes holds together with those of
// the months before; what is mended afterwards stands beside it.
//
// What the package promises, whoever asks:
//
//   - Nothing that was saved is lost. A word becomes the current one of its line, or is
//     kept as a conflict (the line had moved), or as late (the sheet was sent, approved
//     or closed, or its item removed). Words that were current before stay as history.
//   - A form that is sent twice changes nothing the second time, and answers the same.
//   - Nobody approves a sheet that they have sent.
//   - A snapshot never changes; Verify says where somebody has changed it.
//
// Who may do what is for the policies, at whose door this is asked for. The package
// reads no register: items and their states are handed in. docs/progress-of-plans.md
// has the data model, the states and the form of the hashes.
package progress
