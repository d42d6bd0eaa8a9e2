// Command build makes the files that pages load: it bundles our CSS and
// TypeScript in web/src with the packages in web/node_modules, gives each file
// a name that holds the digest of its content, and writes beside them a
// manifest, compressed copies and the licences of what went in.
//
//	go run ./web/build -web web -out internal/channels/ui/assets/dist
package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"sort"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

func main() {
	log.SetFlags(0)
	log.SetPrefix("web/build: ")
	web := flag.String("web", "web", "folder with src and node_modules")
	out := flag.String("out", "internal/channels/ui/assets/dist", "folder to write; what is in it goes")
	flag.Parse()
	if err := run(*web, *out); err != nil {
		log.Fatal(err)
	}
}

// run builds into a folder beside out and puts it in out's place at the end:
// a build that breaks leaves the old files as they were.
func run(web, out string) error {
	web, err := filepath.Abs(web)
	if err != nil {
		return err
	}
	out, err = filepath.Abs(out)
	if err != nil {
		return err
	}
	if err := os.MkdirAll(filepath.Dir(out), 0o755); err != nil {
		return err
	}
	next, err := os.MkdirTemp(filepath.Dir(out), ".dist-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(next)
	if err := os.Chmod(next, 0o755); err != nil {
		return err
	}
	if err := write(web, next); err != nil {
		return err
	}
	if err := os.RemoveAll(out); err != nil {
		return err
	}
	return os.Rename(next, out)
}

func write(web, dir string) error {
	pages, err := bundle(web, dir)
	if err != nil {
		return err
	}
	first, err := firstPaint(web, dir)
	if err != nil {
		return err
	}
	own, err := onePage(web, dir)
	if err != nil {
		return err
	}
	if err := writeManifest(dir, append(append(pages, first...), own...)); err != nil {
		return err
	}
	if err := writeLicences(web, dir); err != nil {
		return err
	}
	if err := compress(dir); err != nil {
		return err
	}
	return report(dir)
}

// An entry is a file that a page names, with the name it got.
type entry struct{ source, output string }

// bundle makes the style sheet, the module that all pages load, and the chunks
// that it loads when a page needs them.
func bundle(web, dir string) ([]entry, error) {
	options := common(web, dir)
	options.EntryPoints = []string{"src/app.ts", "src/app.css", "src/icon.svg"}
	options.Bundle = true
	options.Splitting = true
	options.Format = api.FormatESModule
	options.Plugins = []api.Plugin{lighten(web)}
	return build(web, dir, options)
}

// firstPaint makes the small classic script that runs before anything is drawn.
func firstPaint(web, dir string) ([]entry, error) {
	options := common(web, dir)
	options.EntryPoints = []string{"src/theme.ts"}
	options.Bundle = true
	options.Format = api.FormatIIFE
	return build(web, dir, options)
}

// onePage makes the modules that one page alone loads. Each is whole in itself:
// parts that it shared with others would make those larger.
func onePage(web, dir string) ([]entry, error) {
	options := common(web, dir)
	options.EntryPoints = []string{"src/chart.ts"}
	options.Bundle = true
	options.Format = api.FormatESModule
	return build(web, dir, options)
}

func common(web, dir string) api.BuildOptions {
	return api.BuildOptions{
		AbsWorkingDir:     web,
		Outdir:            dir,
		Outbase:           filepath.Join(web, "src"),
		EntryNames:        "[name]-[hash]",
		ChunkNames:        "[name]-[hash]",
		AssetNames:        "[name]-[hash]",
		MinifyWhitespace:  true,
		MinifyIdentifiers: true,
		MinifySyntax:      true,
		Charset:           api.CharsetUTF8,
		LegalComments:     api.LegalCommentsNone, // they are in licences.txt, whole
		Sourcemap:         api.SourceMapNone,
		Target:            api.ES2022,
		Metafile:          true,
		Write:             true,
		LogLevel:          api.LogLevelWarning,
		Loader: map[string]api.Loader{
			".woff2": api.LoaderFile,
			".svg":   api.LoaderCopy,
		},
	}
}

func build(web, dir string, options api.BuildOptions) ([]entry, error) {
	result := api.Build(options)
	var errs []error
	for _, m := range result.Errors {
		errs = append(errs, errors.New(m.Text))
	}
	if len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return entries(web, dir, result.Metafile)
}

// lighten takes the components we do not use out of Tabler's style sheet while
// it is read. See web/leave-out.txt.
func lighten(web string) api.Plugin {
	return api.Plugin{Name: "leave-out", Setup: func(b api.PluginBuild) {
		b.OnLoad(api.OnLoadOptions{Filter: `[/\\]tabler\.min\.css$`}, func(args api.OnLoadArgs) (api.OnLoadResult, error) {
			unused, err := families(filepath.Join(web, "leave-out.txt"))
			if err != nil {
				return api.OnLoadResult{}, err
			}
			css, err := os.ReadFile(args.Path)
			if err != nil {
				return api.OnLoadResult{}, err
			}
			light := leaveOut(string(css), unused)
			return api.OnLoadResult{Contents: &light, Loader: api.LoaderCSS}, nil
		})
	}}
}

// compress writes a .gz beside each text file, so that the server need not
// compress while somebody waits. Fonts are compressed as they are.
func compress(dir string) error {
	for _, pattern := range []string{"*.js", "*.css", "*.svg"} {
		files, err := filepath.Glob(filepath.Join(dir, pattern))
		if err != nil {
			return err
		}
		for _, file := range files {
			if err := compressFile(file); err != nil {
				return err
			}
		}
	}
	return nil
}

func compressFile(file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var packed bytes.Buffer
	w, err := gzip.NewWriterLevel(&packed, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(content); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return os.WriteFile(file+".gz", packed.Bytes(), 0o644)
}

// report prints the size of each file, as it is and as it travels.
func report(dir string) error {
	files, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	sort.Slice(files, func(i, j int) bool { return files[i].Name() < files[j].Name() })
	for _, f := range files {
		name := f.Name()
		if strings.HasSuffix(name, ".gz") || strings.HasSuffix(name, ".woff2") {
			continue
		}
		info, err := f.Info()
		if err != nil {
			return err
		}
		line := fmt.Sprintf("%8.1f kB", float64(info.Size())/1000)
		if packed, err := os.Stat(filepath.Join(dir, name+".gz")); err == nil {
			line += fmt.Sprintf(" %7.1f kB gzip", float64(packed.Size())/1000)
		} else {
			line += strings.Repeat(" ", 16)
		}
		fmt.Println(line, "", name)
	}
	return nil
}
