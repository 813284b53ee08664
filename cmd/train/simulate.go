package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/Koalajuni/Calback-Data-ML/etl"
	"github.com/Koalajuni/Calback-Data-ML/etl/ads"
	"github.com/Koalajuni/Calback-Data-ML/etl/links"
	"github.com/Koalajuni/Calback-Data-ML/etl/sample"
	"github.com/Koalajuni/Calback-Data-ML/etl/source"
	"github.com/Koalajuni/Calback-Data-ML/features"
	"github.com/Koalajuni/Calback-Data-ML/internal/cli"
	"github.com/Koalajuni/Calback-Data-ML/internal/trainer"
	"github.com/Koalajuni/Calback-Data-ML/warehouse"
)

// sampleKey hashes the ids of the simulated users. It is no secret: nobody stands behind those ids.
const sampleKey = "calback simulated app, no secret"

// simulate writes the app's files, loads them through the same readers as real data, and points the run at them.
func (c *config) simulate(ctx context.Context, o *trainer.Options, progress *cli.Progress, now time.Time) error {
	s := c.sampleOptions()
	files := filepath.Join(c.SampleDir, "export")
	step := func(done, total int) { progress.Step("simulate an app", done, total) }
	if _, err := sample.Write(ctx, files, s, step); err != nil {
		return err
	}
	path := filepath.Join(c.SampleDir, "sample.duckdb")
	for _, old := range []string{path, path + ".wal"} {
		if err := os.Remove(old); err != nil && !os.IsNotExist(err) {
			return fmt.Errorf("remove the earlier simulated warehouse: %w", err)
		}
	}
	c.Warehouse = "duckdb:" + path
	if err := c.load(ctx, files, s.Zone, progress, now); err != nil {
		return err
	}
	truth, err := sample.ReadUsers(files)
	if err != nil {
		return err
	}
	o.Truth = map[string]float64{}
	key := source.UserKeys([]byte(sampleKey))
	for _, u := range truth {
		o.Truth[key(u.Pseudo)] = u.Probability
	}
	o.App = "a simulated calendar app"
	return nil
}

func (c *config) load(ctx context.Context, files, zone string, progress *cli.Progress, now time.Time) (err error) {
	wh, err := warehouse.Open(ctx, c.Warehouse, warehouse.Options{Holder: "train -sample", Now: time.Now})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, wh.Close()) }()
	if _, err := links.Load(ctx, wh, []string{filepath.Join(files, "marketing", "links.csv")}); err != nil {
		return err
	}
	known, err := links.Read(ctx, wh)
	if err != nil {
		return err
	}
	channels, err := features.NewChannels(known)
	if err != nil {
		return err
	}
	src, err := source.NewGA4(source.GA4Options{
		Paths: []string{filepath.Join(files, "events")}, Secret: []byte(sampleKey), Channels: channels,
	})
	if err != nil {
		return err
	}
	_, err = etl.Run(ctx, wh, etl.Options{Source: src, Zone: zone, Secret: []byte(sampleKey), Simulated: true, Now: now, Progress: progress.Step})
	if err != nil {
		return err
	}
	_, err = ads.Load(ctx, wh, ads.Options{Paths: []string{filepath.Join(files, "marketing", "meta_ads.csv")}, Zone: zone, Now: now})
	return err
}
