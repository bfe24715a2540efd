// Each ensemble needs the whole machine: where two run at a time, servers stand still for so long that leaders change in the midst of clients that do not try again.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
