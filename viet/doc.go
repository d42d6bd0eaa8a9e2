// Package viet holds what every program that reads Vietnamese administrative
// data needs: clean text and keys to search and sort by, numbers, dates and
// times as they are typed in Viet Nam, and the identifiers of the state with
// their check digits.
//
// The parsers are made for cells of large files. Each takes the bytes of one
// cell, already trimmed (see [Clean]), and reports besides the value whether
// the text had to be standardised, that is whether it differed from the
// canonical form which the matching Append function writes. On canonical text
// they do not allocate.
//
// What one cell leaves open its column may show: [NumberEvidence] and
// [DateEvidence] gather from the cells how they are written. The Fix functions
// mend single faults of typing and of spreadsheets. Encodings of before Unicode
// are in package charset, working days in package calendar.
//
// The parsers would rather refuse than guess: "1.234" is not accepted as a whole
// number, since it may be 1234 or 1,234, unless the caller says which [Style]
// the file was written in; a year of two digits is refused; a birth date of
// which only the year is known stays a [PartialDate].
//
// What is refused comes back as an [*Error] with a stable code. [MessageVi]
// and [MessageEn] make a sentence of it that says what is wrong and how to
// mend it.
//
// The package imports only the standard library and golang.org/x/text. It
// knows no code lists that change with the law except where a number cannot be
// checked without them; those are named in the function's comment.
package viet
