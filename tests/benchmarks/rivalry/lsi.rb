# Jekyll's LSI: classifier-reborn, as `jekyll build --lsi` uses it. `ruby lsi.rb FOLDER RESULT`; see job.py.
require 'json'
require 'classifier-reborn'

folder, result = ARGV
told = JSON.parse(File.read(File.join(folder, 'job.json')))
told['judged'] = [] if ENV['RIVALS_JUDGE'] == '0'
articles = told['articles'].map { |id, title, text, day| [id, { title: title, text: text, day: day }] }.to_h

clock = -> { Process.clock_gettime(Process::CLOCK_MONOTONIC) }
start = clock.call
lsi = ClassifierReborn::LSI.new(auto_rebuild: false)
articles.each { |id, article| lsi.add_item(id) { article[:text] } }
lsi.build_index
build_s = clock.call - start

# Jekyll asks for more than it shows and leaves out the article itself; the window is a loop over what came.
best = lambda do |id, top_k, days|
  near = lsi.find_related(id, articles.size)
  near = near.select { |each| (articles[each][:day] - articles[id][:day]).abs <= days } if days
  near.first(top_k)
end
scored = ->(ids) { ids.each_with_index.map { |id, place| [id, -place] } }

ranked = told['judged'].map { |id| [id, scored.call(best.call(id, 20, nil))] }.to_h
narrow = told['judged'].map { |id| [id, scored.call(best.call(id, 10, 30))] }.to_h
seconds = { 'query' => 365, 'narrow' => 30 }.transform_values do |days|
  told['timed'].each { |id| best.call(id, 5, days) }
  told['timed'].map do |id|
    began = clock.call
    best.call(id, 5, days)
    clock.call - began
  end
end

spec = Gem.loaded_specs['classifier-reborn']
gsl = $GSL ? ", GSL #{GSL::VERSION}" : ''
File.write(result, JSON.generate(
  'name' => 'Jekyll LSI', 'does' => %w[candidates filter],
  'settings' => "classifier-reborn's LSI with its defaults#{gsl.empty? ? '' : ' over GSL'}",
  'version' => "#{spec ? spec.version : ClassifierReborn::VERSION}, Ruby #{RUBY_VERSION}#{gsl}",
  'build_s' => build_s, 'seconds' => seconds,
  'memory_mb' => File.read('/proc/self/status')[/VmHWM:\s+(\d+)/, 1].to_i / 1e3, 'disk_mb' => 0,
  'ranked' => ranked, 'narrow' => narrow
))
