// Package govern measures how well the province governs its data: the sixteen
// measures of the national frame with its bands of maturity, the metrics of the five
// groups of the digital architecture, the ranking of units, and the yearly inspection
// dossier. A measure is a row of a pack: a SELECT over the facts of the platform,
// which every reader may see and try, or a declaration with its evidence. Which of
// the two it is always stands beside the figure: what is declared waits to be
// measured.
//
// Facts (facts.go) are small tables of what the platform knows of itself: data sets,
// columns, criteria, issues, deadlines, systems, reviews. They hold no rows of data
// sets and nothing of a person.
package govern
