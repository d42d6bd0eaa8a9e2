package main

import (
	"bytes"
	"context"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"path/filepath"
	"time"

	"phohien-client/phohien"
)

func main() {
	server := flag.String("server", "http://localhost:8080", "address of the province")
	key := flag.String("key", os.Getenv("PHOHIEN_KEY"), "connection key or access token")
	dataset := flag.String("dataset", "", "id of a data set")
	file := flag.String("file", "", "file to send to it")
	flag.Parse()
	if err := tour(context.Background(), *server, *key, *dataset, *file); err != nil {
		log.Fatal(err)
	}
}

// tour does what most programs do with a data set: find it, send a file, wait for
// the batch, read all records, and afterwards what has changed.
func tour(ctx context.Context, server, key, dataset, file string) error {
	bearer := phohien.WithRequestEditorFn(func(_ context.Context, r *http.Request) error {
		r.Header.Set("Authorization", "Bearer "+key)
		return nil
	})
	c, err := phohien.NewClientWithResponses(server, bearer)
	if err != nil {
		return err
	}
	sets, err := c.ListDatasetsWithResponse(ctx, nil)
	if err != nil {
		return err
	}
	if sets.JSON200 == nil {
		return problem(sets.ApplicationproblemJSONDefault)
	}
	for _, s := range sets.JSON200.Items {
		fmt.Println("data set:", s.Id, s.Name)
	}
	_, since, err := records(ctx, c, dataset, phohien.ListRecordsParams{})
	if err != nil {
		return err
	}
	if err := send(ctx, c, dataset, file); err != nil {
		return err
	}
	all, _, err := records(ctx, c, dataset, phohien.ListRecordsParams{})
	if err != nil {
		return err
	}
	fmt.Println("records:", len(all))
	changed, _, err := records(ctx, c, dataset, phohien.ListRecordsParams{ChangedSince: &since})
	if err != nil {
		return err
	}
	fmt.Println("changed:", len(changed))
	// Each record by its key, whatever letters the key is of.
	for _, r := range all {
		one, err := c.GetRecordWithResponse(ctx, dataset, r.UnderscoreKey, nil)
		if err != nil {
			return err
		}
		if one.JSON200 == nil {
			return problem(one.ApplicationproblemJSONDefault)
		}
		fmt.Println("record:", one.JSON200.UnderscoreKey, one.JSON200.AdditionalProperties)
	}
	// What goes wrong is a Problem: branch on its Type, show its words to people.
	gone, err := c.GetDatasetWithResponse(ctx, "khong-co-bo-nay")
	if err != nil {
		return err
	}
	fmt.Println("problem:", gone.StatusCode(), gone.ApplicationproblemJSONDefault.Type)
	return nil
}

// send sends a file and waits until its batch is over.
func send(ctx context.Context, c *phohien.ClientWithResponses, dataset, file string) error {
	body, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	name, wait := filepath.Base(file), "wait=10"
	sent, err := c.SendBatchWithBodyWithResponse(ctx, dataset, &phohien.SendBatchParams{Name: &name, Prefer: &wait}, "application/octet-stream", bytes.NewReader(body))
	if err != nil {
		return err
	}
	b := sent.JSON201
	for _, one := range []*phohien.Batch{sent.JSON200, sent.JSON202} {
		if b == nil {
			b = one
		}
	}
	if b == nil {
		return problem(sent.ApplicationproblemJSONDefault)
	}
	for b.State != phohien.BatchStateScored {
		switch b.State {
		case phohien.BatchStateFailed, phohien.BatchStateHeld, phohien.BatchStateCancelled, phohien.BatchStateInterrupted:
			return fmt.Errorf("batch %s: %s: %s", b.Batch, b.State, b.Message)
		}
		time.Sleep(200 * time.Millisecond)
		next, err := c.GetBatchWithResponse(ctx, b.Batch)
		if err != nil {
			return err
		}
		if b = next.JSON200; b == nil {
			return problem(next.ApplicationproblemJSONDefault)
		}
	}
	fmt.Println("batch:", b.Report.Read, "read,", b.Report.Inserted, "inserted")
	return nil
}

// records reads all pages of a list; since is where to go on for what changes
// afterwards.
func records(ctx context.Context, c *phohien.ClientWithResponses, dataset string, p phohien.ListRecordsParams) (all []phohien.Record, since string, err error) {
	limit := int64(2)
	p.Limit = &limit
	for {
		page, err := c.ListRecordsWithResponse(ctx, dataset, &p)
		if err != nil {
			return nil, "", err
		}
		if page.JSON200 == nil {
			return nil, "", problem(page.ApplicationproblemJSONDefault)
		}
		all = append(all, page.JSON200.Items...)
		if page.JSON200.Next == nil {
			return all, page.JSON200.NextSince, nil
		}
		p.After = page.JSON200.Next
	}
}

// problem is an error with the words of the server.
func problem(p *phohien.Problem) error {
	if p == nil {
		return fmt.Errorf("an answer that the document does not know")
	}
	return fmt.Errorf("%d %s: %s", p.Status, p.Type, p.En.Detail)
}
