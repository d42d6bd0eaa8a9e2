// Package usage is the ledger of uses of personal data: who used what of whom,
// for which purpose, on which legal basis, when and through which door. Every
// door writes it before it hands anything out; the person reads it ("Ai đã khai
// thác dữ liệu của tôi"), and so does score, which counts how much a data set
// is used.
//
// A tracker of who looked at whom is the most sensitive table of all. So no
// personal number is in it: persons stand there as keyed hashes (HMAC-SHA256
// under a key of the ring, 16 bytes), which only the ledger can make. Reading
// the ledger leaves a line in the ledger. Who may read it is for policy to say.
//
// Up to 1,000 persons of one use are rows of the control database. More are a
// file of sorted hashes in the data folder, usage/<yyyy-mm>/<line>.subjects,
// which is durable before the line that names it. Record answers when the line
// is durable; lines that come at once share a commit.
//
// Uses of data that tell of no person leave no line: they are counted by agency
// and program ([Ledger.Seen]), and no person stands in these counts.
package usage
