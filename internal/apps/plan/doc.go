// Package plan says of plans, their tasks, targets and reporting duties what their rows
// cannot: when something is due and what that means on a day, in which of the five
// states of officials a task is and why, whether a target is reached, and how plans
// stand on one another.
//
// The rows are data sets (docs/plans.md): history, forms, imports and scores come from
// their contracts. This package reads no data set; the caller hands in rows.
package plan
