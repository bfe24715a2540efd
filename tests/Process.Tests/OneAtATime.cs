// Each test runs an ensemble that needs the whole machine.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
