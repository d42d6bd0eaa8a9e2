package explore

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"github.com/phohien/phohien/internal/core/contract"
	"github.com/phohien/phohien/internal/core/export"
	"github.com/phohien/phohien/internal/core/record"
	"github.com/phohien/phohien/viet"
)

// A sample writes calls and programs for one table, with its own fields.
type sample struct {
	table
	view    *record.View // nil: the reader may not read the rows
	base    string       // address of the API
	address string       // of the table in it
	key     string       // of a record
}

// clear reports whether a column is seen as its type says.
func (s *sample) clear(i int) bool { return s.view == nil || s.view.Clear(i) }

// calls are what a program asks for, as curl asks.
func (s *sample) calls() (all []apiCall) {
	get := func(name, rest, more string) {
		all = append(all, apiCall{name, "curl -H \"Authorization: Bearer $PHOHIEN_KEY\" \\\n  " + more + "\"" + s.address + rest + "\""})
	}
	get("list", "/records?limit=100", "")
	if by := s.narrow(); by != "" {
		get("narrow", "/records?"+by, "")
	}
	get("one", "/records/"+s.key, "")
	get("changes", "/records?changed_since=2026-11-01", "")
	if by := s.grouped(); by != "" {
		get("groups", "/groups?"+by, "")
	}
	get("export", "/records.parquet", "-o "+s.obj.Dataset+export.Parquet.Ending()+" ")
	all = append(all, apiCall{"send", "curl -X POST -H \"Authorization: Bearer $PHOHIEN_KEY\" -H \"Content-Type: application/octet-stream\" \\\n  -H \"Prefer: wait=30\" --data-binary @tep.xlsx \\\n  \"" + s.address + "/batches\""})
	return all
}

// narrow is a condition on a field, a coded one before others, and an order.
func (s *sample) narrow() string {
	best := -1
	for i := range s.obj.Columns {
		c := &s.obj.Columns[i]
		switch {
		case !s.usable(i) || c.Example == "" || c.Type != contract.Text || s.isKey(i):
		case best < 0, c.CodeList != "" && s.obj.Columns[best].CodeList == "":
			best = i
		}
	}
	if best < 0 {
		return ""
	}
	c := &s.obj.Columns[best]
	return url.QueryEscape(c.Name) + "=" + url.QueryEscape(c.Example) + "&sort=" + url.QueryEscape(s.shown())
}

// grouped is a field that groups, and one that is added up.
func (s *sample) grouped() string {
	by, measure := "", ""
	for i := range s.obj.Columns {
		c := &s.obj.Columns[i]
		switch {
		case !s.usable(i) || s.isKey(i):
		case by == "" && (c.CodeList != "" || c.Type == contract.Boolean):
			by = c.Name
		case measure == "" && (c.Type == contract.Integer || c.Type == contract.Decimal || c.Type == contract.Float):
			measure = c.Name
		}
	}
	switch {
	case by == "":
		return ""
	case measure == "":
		return "by=" + url.QueryEscape(by)
	}
	return "by=" + url.QueryEscape(by) + "&measure=" + url.QueryEscape(measure)
}

// usable reports whether a column may stand in an address and be compared by.
func (s *sample) usable(i int) bool {
	return s.clear(i) && !s.obj.Columns[i].Personal.Is() && !s.obj.Columns[i].Sealed
}

func (s *sample) isKey(i int) bool {
	for _, k := range s.obj.Key {
		if k == i {
			return true
		}
	}
	return false
}

// programs keep a copy of the table: all records once, afterwards what changes.
func (s *sample) programs() []apiProgram {
	return []apiProgram{
		{"python", "Python", "dong_bo.py", s.fill(pythonSample, s.pythonRow())},
		{"go", "Go", "main.go", s.fill(goSample, s.goRow())},
		{"typescript", "TypeScript", "dong-bo.ts", s.fill(typescriptSample, s.typescriptRow())},
	}
}

// fill puts the table into a program.
func (s *sample) fill(text, row string) string {
	shown := s.shown()
	return strings.NewReplacer("{ADDRESS}", s.address+"/records", "{ROW}", row,
		"{NAME}", shown, "{GO}", goName(shown), "{MEMBER}", strconv.Quote(shown)).Replace(text)
}

// shown is the field that the programs print: the first that is not the key and
// that has an order.
func (s *sample) shown() string {
	for i := range s.obj.Columns {
		switch s.obj.Columns[i].Type {
		case contract.Geometry, contract.JSON, contract.File:
			continue
		}
		if s.clear(i) && !s.isKey(i) {
			return s.obj.Columns[i].Name
		}
	}
	return s.obj.Columns[0].Name
}

const pythonSample = `import json, os, sys, urllib.error, urllib.parse, urllib.request

ADDRESS = "{ADDRESS}"
KEY = os.environ["PHOHIEN_KEY"]


def page(**query):
    request = urllib.request.Request(
        ADDRESS + "?" + urllib.parse.urlencode(query),
        headers={"Authorization": "Bearer " + KEY, "Accept-Language": "vi"},
    )
    try:
        with urllib.request.urlopen(request) as answer:
            return json.load(answer)
    except urllib.error.HTTPError as answer:
        problem = json.load(answer)
        sys.exit("{status} {type}: {detail}".format(**problem))


def pages(**query):
    while True:
        answer = page(limit=1000, **query)
        yield answer
        if "next" not in answer:
            return
        query["after"] = answer["next"]


# since: next_since of the last run; without it everything is read.
since = sys.argv[1] if len(sys.argv) > 1 else None
for answer in pages(**({"changed_since": since} if since else {})):
    for row in answer["items"]:
        if row.get("_withdrawn"):
            print("-", row["_key"])
        else:
            print("+", row["_key"], row[{MEMBER}])  # {ROW}
print("next_since:", answer["next_since"])
`

const goSample = `package main

import (
	"encoding/json"
	"fmt"
	"log"
	"net/http"
	"net/url"
	"os"
)

const address = "{ADDRESS}"

// A Row is a record; nil is an absent value.
type Row struct {
	Key       string ` + "`json:\"_key\"`" + `
	Withdrawn bool   ` + "`json:\"_withdrawn\"`" + `
{ROW}}

type page struct {
	Items     []Row  ` + "`json:\"items\"`" + `
	Next      string ` + "`json:\"next\"`" + `
	NextSince string ` + "`json:\"next_since\"`" + `
}

func read(query url.Values) (p page, err error) {
	r, err := http.NewRequest("GET", address+"?"+query.Encode(), nil)
	if err != nil {
		return p, err
	}
	r.Header.Set("Authorization", "Bearer "+os.Getenv("PHOHIEN_KEY"))
	resp, err := http.DefaultClient.Do(r)
	if err != nil {
		return p, err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		var problem struct{ Type, Detail string }
		if err := json.NewDecoder(resp.Body).Decode(&problem); err != nil {
			return p, err
		}
		return p, fmt.Errorf("%s %s: %s", resp.Status, problem.Type, problem.Detail)
	}
	return p, json.NewDecoder(resp.Body).Decode(&p)
}

func main() {
	query := url.Values{"limit": {"1000"}}
	if len(os.Args) > 1 { // next_since of the last run; without it everything is read
		query.Set("changed_since", os.Args[1])
	}
	for {
		p, err := read(query)
		if err != nil {
			log.Fatal(err)
		}
		for _, row := range p.Items {
			if row.Withdrawn {
				fmt.Println("-", row.Key)
				continue
			}
			fmt.Println("+", row.Key, text(row.{GO}))
		}
		if p.Next == "" {
			fmt.Println("next_since:", p.NextSince)
			return
		}
		query.Set("after", p.Next)
	}
}

// text is a value for people.
func text(v any) string {
	b, err := json.Marshal(v)
	if err != nil {
		return err.Error()
	}
	return string(b)
}
`

const typescriptSample = `const address = "{ADDRESS}";

// null is an absent value.
interface Row {
  _key: string;
  _withdrawn?: true;
{ROW}}

interface Page {
  items: Row[];
  next?: string;
  next_since: string;
}

declare const process: { env: Record<string, string | undefined>; argv: string[] };

async function page(query: URLSearchParams): Promise<Page> {
  const answer = await fetch(address + "?" + query, { headers: { Authorization: "Bearer " + process.env["PHOHIEN_KEY"] } });
  if (!answer.ok) {
    const problem = (await answer.json()) as { type: string; detail: string };
    throw new Error(answer.status + " " + problem.type + ": " + problem.detail);
  }
  return (await answer.json()) as Page;
}

const query = new URLSearchParams({ limit: "1000" });
const since = process.argv[2]; // next_since of the last run; without it everything is read
if (since !== undefined) query.set("changed_since", since);
for (;;) {
  const { items, next, next_since } = await page(query);
  for (const row of items) {
    if (row._withdrawn) console.log("-", row._key);
    else console.log("+", row._key, JSON.stringify(row[{MEMBER}]));
  }
  if (next === undefined) {
    console.log("next_since:", next_since);
    break;
  }
  query.set("after", next);
}
export {};
`

// pythonRow names the fields.
func (s *sample) pythonRow() string {
	var names []string
	for i := range s.obj.Columns {
		names = append(names, s.obj.Columns[i].Name)
	}
	return strings.Join(names, ", ")
}

// goRow is the fields of the struct, aligned as gofmt does.
func (s *sample) goRow() string {
	var names, types []string
	taken := map[string]bool{"Key": true, "Withdrawn": true}
	wide, wider := 0, 0
	for i := range s.obj.Columns {
		name := goName(s.obj.Columns[i].Name)
		for n := 2; taken[name]; n++ {
			name = goName(s.obj.Columns[i].Name) + strconv.Itoa(n)
		}
		taken[name] = true
		names, types = append(names, name), append(types, s.goType(i))
		wide, wider = max(wide, len(name)), max(wider, len(types[i]))
	}
	var b strings.Builder
	b.WriteByte('\n')
	for i := range names {
		fmt.Fprintf(&b, "\t%-*s %-*s `json:%s`\n", wide, names[i], wider, types[i], strconv.Quote(s.obj.Columns[i].Name))
	}
	return b.String()
}

// goType is what holds every value of a column, as the reader sees it.
func (s *sample) goType(i int) string {
	if !s.clear(i) {
		return "*string"
	}
	switch s.obj.Columns[i].Type {
	case contract.Integer, contract.Decimal:
		return "*json.Number"
	case contract.Float:
		return "*float64"
	case contract.Boolean:
		return "*bool"
	case contract.JSON, contract.Geometry, contract.File:
		return "json.RawMessage"
	}
	return "*string"
}

// goName makes a name of Go out of a field's.
func goName(name string) string {
	var b strings.Builder
	for _, word := range strings.FieldsFunc(viet.Fold(name), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		r := []rune(word)
		b.WriteString(strings.ToUpper(string(r[:1])) + string(r[1:]))
	}
	out := b.String()
	if out == "" || !unicode.IsUpper([]rune(out)[0]) {
		return "F" + out
	}
	return out
}

// typescriptRow is the members of the interface.
func (s *sample) typescriptRow() string {
	var b strings.Builder
	for i := range s.obj.Columns {
		fmt.Fprintf(&b, "  %s: %s;\n", strconv.Quote(s.obj.Columns[i].Name), s.typescriptType(i))
	}
	return b.String()
}

func (s *sample) typescriptType(i int) string {
	if !s.clear(i) {
		return "string | null"
	}
	switch s.obj.Columns[i].Type {
	case contract.Integer:
		return "number | string | null" // beyond 2^53 a string
	case contract.Decimal, contract.Float:
		return "number | null"
	case contract.Boolean:
		return "boolean | null"
	case contract.JSON:
		return "unknown"
	case contract.Geometry:
		return "{ type: string; coordinates: unknown } | null"
	case contract.File:
		return "{ sha256: string; name: string | null; mediaType: string | null; bytes: number | null } | null"
	}
	return "string | null"
}
