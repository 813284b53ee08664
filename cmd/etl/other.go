package main

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/etl/ads"
	"github.com/Koalajuni/Calback-Data-ML/etl/firestore"
	"github.com/Koalajuni/Calback-Data-ML/etl/links"
)

// moneyFlags say what people came by and what that cost.
type moneyFlags struct {
	LinkFiles   []string `name:"links" help:"CSV files of the marketing links, separated by commas."`
	AdFiles     []string `name:"ads" help:"Meta Ads Manager CSV files or Insights JSON, separated by commas."`
	AdsZone     string   `help:"Time zone of the ad account, in which its days begin."`
	AdsCurrency string   `help:"Currency of the amounts, such as KRW, where a file has several or names none."`
	DateOrder   string   `enum:",day-first,month-first" default:"" help:"Order of dates such as 01/08/2026: day-first or month-first."`
	Decimal     string   `enum:",point,comma" default:"" help:"Decimal sign of the amounts where no number tells: point or comma."`
}

// documentFlags say where Firestore's documents come from.
type documentFlags struct {
	Firestore string   `help:"Firebase project whose Firestore is read, with the account of the environment."`
	Documents []string `name:"documents" help:"JSON-lines files of the collections instead, separated by commas."`
	Changelog []string `help:"Tables of the Firebase extension instead, read in BigQuery: the users' and the meetings' _raw_changelog."`
	Users     string   `default:"userCollection" help:"Collection of the users."`
	Meetings  string   `default:"meetingsCollection" help:"Collection of the meetings."`
	Account   string   `help:"Field of a user's document with the id that the events have as user_id. Default: the document's own id."`
	Owner     string   `default:"owner" help:"Field of a meeting with its owner's account."`
	TakenAt   string   `help:"When the files of -documents were taken (RFC 3339), where their records do not say it."`
}

func (d *documentFlags) hasDocuments() bool {
	return d.Firestore != "" || len(d.Documents) > 0 || len(d.Changelog) > 0
}

// links replaces the marketing links.
func (s *session) links(ctx context.Context) error {
	result, err := links.Load(ctx, s.wh, s.LinkFiles)
	if err != nil {
		return err
	}
	s.printf("%d marketing links", result.Links)
	return nil
}

// ads loads what advertising cost.
func (s *session) ads(ctx context.Context) error {
	decimal := map[string]string{"point": ".", "comma": ","}[s.Decimal]
	result, err := ads.Load(ctx, s.wh, ads.Options{
		Paths: s.AdFiles, Zone: s.AdsZone, Currency: s.AdsCurrency, DateOrder: s.DateOrder, Decimal: decimal, MaxBad: s.MaxBad,
		Simulated: s.Simulated, Now: s.now(), Warn: s.warn,
	})
	if err != nil {
		return err
	}
	s.printf("%d rows of ads read: %d bad, %d totals, %d copies, %d of a coarser level", result.Records, result.Bad, result.Totals,
		result.Copies, result.Coarser)
	s.printf("%d days of ads loaded, %d left as they were; %.2f %s in all", result.Loaded, result.Skipped, result.Spend, result.Currency)
	return nil
}

// documents loads Firestore's documents by the first way that is given.
func (s *session) documents(ctx context.Context) error {
	if len(s.Changelog) > 0 {
		return s.changelog(ctx)
	}
	opt := firestore.Options{
		Project: s.Firestore, Users: s.Users, Meetings: s.Meetings, Account: s.Account, Owner: s.Owner, Secret: s.secret, Zone: s.Zone,
		Now: s.now(), State: filepath.Join(filepath.Dir(s.KeyFile), "firestore-state"), Paths: s.documentFlags.Documents, MaxBad: s.MaxBad,
		Replace: s.Replace, Simulated: s.Simulated, Progress: s.progress.Step, Warn: s.warn,
	}
	take := firestore.Snapshot
	if len(s.documentFlags.Documents) > 0 {
		take = firestore.LoadFiles
		if s.TakenAt != "" {
			at, err := time.Parse(time.RFC3339, s.TakenAt)
			if err != nil {
				return fmt.Errorf("-taken-at %q is not an RFC 3339 time such as 2026-03-01T00:00:00+09:00", s.TakenAt)
			}
			opt.At = at
		}
	}
	result, err := take(ctx, s.wh, opt)
	s.progress.Finish()
	if err != nil {
		return err
	}
	s.told(result)
	return nil
}

// changelog reads the Firebase extension's tables where they lie.
func (s *session) changelog(ctx context.Context) error {
	opt := firestore.ChangelogOptions{
		Account: s.Account, Owner: s.Owner, Secret: s.secret, Zone: s.Zone, From: s.From, To: s.To, Now: s.now(), MaxBad: s.MaxBad,
		Replace: s.Replace, Simulated: s.Simulated, Progress: s.progress.Step, Warn: s.warn,
	}
	for _, table := range s.Changelog {
		if strings.Contains(strings.ToLower(table), "meeting") {
			opt.Meetings = table
		} else {
			opt.Users = table
		}
	}
	if len(s.Changelog) > 2 || len(s.Changelog) == 2 && (opt.Users == "" || opt.Meetings == "") {
		return errors.New("-changelog: give the users' table and the meetings' table, whose name has \"meeting\" in it")
	}
	result, err := firestore.Changelog(ctx, s.wh, opt)
	s.progress.Finish()
	if err != nil {
		return err
	}
	s.told(result)
	return nil
}

func (s *session) told(r firestore.Result) {
	s.printf("%d users and %d meetings read: %d bad, %d without a known create time", r.Users, r.Meetings, r.Bad, r.Excluded)
	s.printf("%d days of documents loaded with %d rows, %d left as they were", r.Loaded, r.Rows, r.Skipped)
	if !r.Consistent && s.Firestore != "" && len(s.Changelog) == 0 && len(s.documentFlags.Documents) == 0 {
		s.printf("the documents were read one after another, not as of one instant")
	}
}
