// Package org keeps organisations, people and the posts that people hold in
// organisations, each with the days between which it was so. A question is asked
// of a day, so that what was signed last year is judged by who held the post
// last year.
//
// Organisations form a tree: the relation to the superior body is dated, as are
// the codes of agencies. An organisation that is merged, divided or renamed ends,
// and names its successors; ids are never used again.
//
// Questions are answered by a [Snapshot], which never changes and is kept until
// the next write:
//
//	now, err := s.Snapshot(ctx)
//	now.Path("hy-ubnd-pho-hien", today)   // itself, then its superiors
//	now.Subtree("hy-ubnd", today)         // itself, then all below it
//	now.Posts(person, today)
//
// Packs bring organisations by package orgpack.
package org
