// Package catalog is the one search over everything a province has described:
// organisations, systems, data sets, columns, terms, code lists, codes and
// services. It holds its index in memory and needs no engine.
//
// # What is compared
//
// Texts are cut into words: runs of letters, marks and digits. Each word has the
// three keys of package viet. Fold ("thuy") decides what is found, so that a
// search without marks finds everything; FoldTone ("thụy", wherever the tone
// mark was put) decides how well it fits; the text as written only breaks ties.
// A word of the search without marks agrees with every accent nearly as well; a
// word with marks prefers its own and puts others far below: "má" does not bring
// "mã" to the top, but does not lose it either (see agreement).
//
// Abbreviations that officials write (words/short.csv) are kept beside what they
// stand for, both ways: "CSDL đất đai" finds "Cơ sở dữ liệu quốc gia về đất đai"
// and the other way round. Names that mean one thing (words/same.csv) find each
// other too.
//
// # What fits
//
// All words of the search must be there, those of words/common.csv that carry no
// meaning excepted; a part in quotes must be there as it stands. A word that no
// entry has is completed when it is the last, else mended (one letter changed,
// added, dropped or two swapped in words of four letters or more, two such slips
// from eight), else parted when it is two written as one. When nothing fits, the
// last word is completed and then all words are mended even where entries have
// them; when still nothing fits all words, those are found that have most of
// them by idf. What looks like a code, with a digit or a mark in it, is also
// looked up among ids and codes, whole and by its beginning.
//
// # The order
//
// The score of an entry for the words u of a search is
//
//	prior · ( Σu idf(u) · impact(u) · agreement(u)
//	        + 0.8 · Σ pairs mean(idf) · nearness · place
//	        + 0.6 · idf(all) · covered · filled²  +  0.1 · idf(first), if the title begins with it )
//
//	idf(u)    = ln(1 + (N − n + ½) / (n + ½)), n of N entries having u        (BM25; Robertson, Zaragoza 2009)
//	impact(u) = x / (1.5 + x),  x = Σ fields weight · times / (0.4 + 0.6 · words / usual)     (BM25F)
//	weight    = title 4, keywords 3, codes 2.5, English title 1.5, text 1, name of the owner 0.5
//	nearness  = 1 for two words of the search that follow each other in the entry, ½ with up to two words between
//	place     = title 1, keywords 0.8, codes and English title 0.6, text 0.5, owner 0.3
//	covered   = share of the search's idf in the title;  filled = share of the title's words that are of the search
//	prior     = that of the kind (data sets, systems, organisations, services 1 … codes 0.75) · (1 + 0.12 · log2 Weight)
//
// Vietnamese writes syllables apart, so most words of meaning are two of them:
// the pairs are what tells "dân cư" from a text that has "dân" here and "cư" there.
// The usual lengths of fields are constants, not averages of the entries: the
// score of an entry does not move when others come and go, but for idf.
//
// A code that is typed whole stands above everything, one that begins with what
// is typed above what merely has the words. Of more than 4096 entries those that
// the first line of the formula puts highest are looked at closely; the others
// follow in the order of that line.
//
// # Who sees what
//
// An entry with a Sight is shown only to a reader for whom Query.Sees says so;
// without Sees it is hidden. Hidden entries are not counted, not suggested and
// lend no words to suggestions.
package catalog
